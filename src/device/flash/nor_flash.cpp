#include "device/flash/nor_flash.hpp"

#include <utility>
#include <vector>

namespace otatool::device {
namespace {

constexpr std::uint32_t kPageSize = 256;

}  // namespace

NorFlash::NorFlash(std::unique_ptr<FlashStorage> storage, FlashSpeed speed)
    : storage_(std::move(storage)) {
  using namespace std::chrono_literals;
  switch (speed) {
    case FlashSpeed::None:
      break;
    case FlashSpeed::Typical:
      sector_time_ = 45ms;
      block_time_ = 150ms;
      page_time_ = 700us;
      break;
    case FlashSpeed::Slow:
      sector_time_ = 150ms;
      block_time_ = 500ms;
      page_time_ = 1500us;
      break;
  }
}

bool NorFlash::inside(std::uint32_t offset, std::uint32_t length) const {
  return offset <= size() && length <= size() - offset && offset % 4 == 0 && length % 4 == 0;
}

bool NorFlash::erase_sector(std::uint32_t offset) {
  return erase(offset, firmware::kSectorSize, sector_time_);
}

bool NorFlash::erase_block(std::uint32_t offset) {
  return erase(offset, kBlockSize, block_time_);
}

bool NorFlash::erase(std::uint32_t offset, std::uint32_t length, std::chrono::microseconds time) {
  if (!inside(offset, length) || offset % length != 0) {
    return false;
  }
  busy_ += time;
  return storage_->write(offset, std::vector<std::uint8_t>(length, 0xFF));
}

bool NorFlash::write(std::uint32_t offset, const void* bytes, std::uint32_t length) {
  if (!inside(offset, length)) {
    return false;
  }
  std::vector<std::uint8_t> bits(length);
  if (!storage_->read(offset, bits)) {
    return false;
  }
  const auto* const wanted = static_cast<const std::uint8_t*>(bytes);
  for (std::uint32_t i = 0; i < length; ++i) {
    bits[i] = static_cast<std::uint8_t>(bits[i] & wanted[i]);
  }
  busy_ += page_time_ * ((length + kPageSize - 1) / kPageSize);
  return storage_->write(offset, bits);
}

bool NorFlash::read(std::uint32_t offset, void* bytes, std::uint32_t length) {
  return inside(offset, length) &&
         storage_->read(offset, std::span(static_cast<std::uint8_t*>(bytes), length));
}

std::chrono::microseconds NorFlash::take_busy_time() {
  return std::exchange(busy_, std::chrono::microseconds(0));
}

}  // namespace otatool::device
