// A simulated flash chip: the rules of NOR flash, and the time that its operations take. Does not
// wait; the time adds up until take_busy_time().
#pragma once

#include <chrono>
#include <memory>

#include "otatool/device/virtual_device.hpp"

#include "device/flash/flash_storage.hpp"
#include "firmware/core/port.hpp"

namespace otatool::device {

class NorFlash final : public firmware::Flash {
 public:
  NorFlash(std::unique_ptr<FlashStorage> storage, FlashSpeed speed);

  [[nodiscard]] std::uint32_t size() const override { return storage_->size(); }
  bool erase_sector(std::uint32_t offset) override;
  [[nodiscard]] std::uint32_t block_size() const override { return kBlockSize; }
  bool erase_block(std::uint32_t offset) override;
  /// Only clears bits, like a chip: unerased bytes do not read back as written.
  bool write(std::uint32_t offset, const void* bytes, std::uint32_t length) override;
  bool read(std::uint32_t offset, void* bytes, std::uint32_t length) override;

  /// Time for erasing and programming since the last call.
  std::chrono::microseconds take_busy_time();

 private:
  static constexpr std::uint32_t kBlockSize = 64 * 1024;

  bool erase(std::uint32_t offset, std::uint32_t length, std::chrono::microseconds time);
  [[nodiscard]] bool inside(std::uint32_t offset, std::uint32_t length) const;

  std::unique_ptr<FlashStorage> storage_;
  std::chrono::microseconds sector_time_{0};
  std::chrono::microseconds block_time_{0};
  std::chrono::microseconds page_time_{0};
  std::chrono::microseconds busy_{0};
};

}  // namespace otatool::device
