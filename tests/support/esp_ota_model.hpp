// Model of ESP-IDF's updates on a flash that can lose its power: partitions, two sectors of
// otadata, and a bootloader with rollback. It defines the functions of ESP-IDF in
// tests/arduino/stand_in/esp32 and shares no code with the port. An image is valid if it begins
// with 0xE9 and its last four bytes are its CRC-32. Written from ESP-IDF's documentation of OTA.
#pragma once

#include <cstdint>
#include <esp_ota_ops.h>
#include <optional>
#include <vector>

#include "otatool/bytes.hpp"

#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::test {

class EspOtaModel {
 public:
  static constexpr std::uint32_t kSlotBytes = 16 * 4096;

  /// Becomes the chip of the C functions. Slot 0 runs.
  EspOtaModel();
  ~EspOtaModel();
  EspOtaModel(const EspOtaModel&) = delete;
  EspOtaModel& operator=(const EspOtaModel&) = delete;

  /// A valid image of `size` bytes.
  static std::vector<std::uint8_t> image(std::uint32_t size, std::uint8_t seed);
  /// As an esptool would.
  void flash_slot(int slot, Bytes image);
  /// The bootloader selects a slot. Returns it, or nothing if no slot is valid.
  std::optional<int> boot();
  /// Whether the running slot begins with exactly these bytes, all of them stable.
  [[nodiscard]] bool runs(Bytes image) const;
  [[nodiscard]] int running() const { return running_; }

  firmware::testing::RamFlash flash;

  // What the C functions do.
  esp_err_t begin(const esp_partition_t* partition, esp_ota_handle_t* handle);
  esp_err_t write(esp_ota_handle_t handle, const void* bytes, std::size_t size);
  esp_err_t end(esp_ota_handle_t handle);
  esp_err_t abort(esp_ota_handle_t handle);
  esp_err_t select(const esp_partition_t* partition);
  [[nodiscard]] const esp_partition_t* boot_partition() const;
  esp_err_t state(const esp_partition_t* partition, esp_ota_img_states_t* state) const;
  esp_err_t mark_valid();
  [[nodiscard]] const esp_partition_t* slot(int number) const { return &partitions_[number]; }
  [[nodiscard]] const esp_partition_t* filesystem() const { return &partitions_[2]; }

 private:
  struct Entry {
    std::uint32_t sequence;
    std::uint32_t state;
  };
  /// The entry in a sector of otadata, if it is valid.
  [[nodiscard]] std::optional<Entry> entry(int sector) const;
  bool put_entry(int sector, Entry entry);
  /// The sector with the newest entry that may start, or -1.
  [[nodiscard]] int active() const;
  [[nodiscard]] bool is_valid(const esp_partition_t& partition) const;

  static constexpr std::uint32_t kOtadata = 0;
  const esp_partition_t partitions_[3];
  int running_ = 0;
  bool open_ = false;
  esp_ota_handle_t handle_ = 0;
  const esp_partition_t* target_ = nullptr;
  std::uint32_t written_ = 0;
};

}  // namespace otatool::test
