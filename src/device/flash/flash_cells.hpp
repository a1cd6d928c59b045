// Where the bits of a simulated flash are kept, without any rule about them: in memory here, in a
// file in flash_file.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace otatool::device {

class FlashCells {
 public:
  virtual ~FlashCells() = default;

  [[nodiscard]] virtual std::uint32_t size() const = 0;
  /// Both stay within size(); false when the medium fails.
  [[nodiscard]] virtual bool read(std::uint32_t offset, std::span<std::uint8_t> bytes) = 0;
  [[nodiscard]] virtual bool write(std::uint32_t offset, std::span<const std::uint8_t> bytes) = 0;
};

/// Takes memory for what was written only; all else reads as erased.
class FlashMemory final : public FlashCells {
 public:
  explicit FlashMemory(std::uint32_t size) : size_(size), blocks_(size / kBlockSize) {}

  [[nodiscard]] std::uint32_t size() const override { return size_; }
  [[nodiscard]] bool read(std::uint32_t offset, std::span<std::uint8_t> bytes) override;
  [[nodiscard]] bool write(std::uint32_t offset, std::span<const std::uint8_t> bytes) override;

 private:
  static constexpr std::size_t kBlockSize = 4096;
  using Block = std::array<std::uint8_t, kBlockSize>;

  std::uint32_t size_;
  std::vector<std::unique_ptr<Block>> blocks_;
};

}  // namespace otatool::device
