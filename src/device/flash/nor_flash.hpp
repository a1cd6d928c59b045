// A flash chip: NOR rules over cells, and the time that its operations would take. Nobody waits
// here; the time adds up until the adapter takes it.
#pragma once

#include <chrono>
#include <memory>

#include "otatool/device/virtual_device.hpp"

#include "device/flash/flash_cells.hpp"
#include "firmware/core/port.hpp"

namespace otatool::device {

class NorFlash final : public firmware::Flash {
 public:
  NorFlash(std::unique_ptr<FlashCells> cells, FlashSpeed speed);

  [[nodiscard]] std::uint32_t size() const override { return cells_->size(); }
  bool erase_sector(std::uint32_t offset) override;
  /// Clears bits and sets none: what was not erased before does not read back as written.
  bool write(std::uint32_t offset, const void* bytes, std::uint32_t length) override;
  bool read(std::uint32_t offset, void* bytes, std::uint32_t length) override;

  /// The time that erasing and programming took since the last call.
  std::chrono::microseconds take_busy_time();

 private:
  [[nodiscard]] bool inside(std::uint32_t offset, std::uint32_t length) const;

  std::unique_ptr<FlashCells> cells_;
  std::chrono::microseconds sector_time_{0};
  std::chrono::microseconds page_time_{0};
  std::chrono::microseconds busy_{0};
};

}  // namespace otatool::device
