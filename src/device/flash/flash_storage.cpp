#include "device/flash/flash_storage.hpp"

#include <algorithm>

namespace otatool::device {

bool MemoryStorage::read(std::uint32_t offset, std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::size_t within = offset % kBlockSize;
    const std::size_t count = std::min(bytes.size(), kBlockSize - within);
    if (const auto& block = blocks_[offset / kBlockSize]) {
      std::copy_n(block->begin() + within, count, bytes.begin());
    } else {
      std::fill_n(bytes.begin(), count, std::uint8_t{0xFF});
    }
    bytes = bytes.subspan(count);
    offset += static_cast<std::uint32_t>(count);
  }
  return true;
}

bool MemoryStorage::write(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::size_t within = offset % kBlockSize;
    const std::size_t count = std::min(bytes.size(), kBlockSize - within);
    auto& block = blocks_[offset / kBlockSize];
    if (!block) {
      block = std::make_unique<Block>();
      block->fill(0xFF);
    }
    std::copy_n(bytes.begin(), count, block->begin() + within);
    bytes = bytes.subspan(count);
    offset += static_cast<std::uint32_t>(count);
  }
  return true;
}

}  // namespace otatool::device
