// A file with the content of a virtual device's flash.
#pragma once

#include <memory>
#include <string>

#include "otatool/result.hpp"

#include "device/flash/flash_storage.hpp"

namespace otatool::device {

class FlashFile final : public FlashStorage {
 public:
  /// Opens `path`, or creates it with `size` erased bytes (kDefaultFlashSize if `size` is 0).
  /// FileUnreadable if that fails or another device uses the file; OutputFailed if a new file has
  /// no room; Usage if the file exists with another size or is not a regular file. A failure leaves
  /// no new file.
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
