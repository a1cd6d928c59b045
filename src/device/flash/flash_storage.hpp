// Storage for the content of a simulated flash, without the rules of NOR flash: in memory, or in a
// file (flash_file.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace otatool::device {

class FlashStorage {
 public:
  virtual ~FlashStorage() = default;

  [[nodiscard]] virtual std::uint32_t size() const = 0;
  /// Accesses must stay within size(); false if the medium fails.
  [[nodiscard]] virtual bool read(std::uint32_t offset, std::span<std::uint8_t> bytes) = 0;
  [[nodiscard]] virtual bool write(std::uint32_t offset, std::span<const std::uint8_t> bytes) = 0;
};

/// Allocates memory for written blocks only; other blocks read as erased.
class MemoryStorage final : public FlashStorage {
 public:
  explicit MemoryStorage(std::uint32_t size) : size_(size), blocks_(size / kBlockSize) {}

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
