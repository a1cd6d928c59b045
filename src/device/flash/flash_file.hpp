// A file that holds the flash of a virtual device, byte for byte as the chip has it.
#pragma once

#include <memory>
#include <string>

#include "otatool/result.hpp"

#include "device/flash/flash_cells.hpp"

namespace otatool::device {

class FlashFile final : public FlashCells {
 public:
  /// Opens `path`, or creates it with `size` erased bytes when it is missing (kDefaultFlashSize if
  /// `size` is 0). FileUnreadable when that fails or another device uses the file, Usage when it
  /// exists with another size than asked for. On failure no new file is left behind.
  [[nodiscard]] static Result<std::unique_ptr<FlashFile>> open(const std::string& path,
                                                               std::uint32_t size);
  FlashFile(int descriptor, std::uint32_t size) : descriptor_(descriptor), size_(size) {}
  FlashFile(const FlashFile&) = delete;
  FlashFile& operator=(const FlashFile&) = delete;
  ~FlashFile() override;

  [[nodiscard]] std::uint32_t size() const override { return size_; }
  [[nodiscard]] bool read(std::uint32_t offset, std::span<std::uint8_t> bytes) override;
  [[nodiscard]] bool write(std::uint32_t offset, std::span<const std::uint8_t> bytes) override;

 private:
  int descriptor_;
  std::uint32_t size_;
};

}  // namespace otatool::device
