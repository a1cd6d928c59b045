// Flash and Installer of an ESP32 with ESP-IDF's bootloader: an application goes into the partition
// that does not run, and otadata selects it at the next start. Writes it in order only. Offsets are
// those of the whole flash. No gzip packages: nothing unpacks them.
#pragma once

#include <esp_ota_ops.h>
#include <esp_partition.h>

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

class Esp32Slot final : public Flash, public Installer {
 public:
  Esp32Slot();
  Esp32Slot(const Esp32Slot&) = delete;
  Esp32Slot& operator=(const Esp32Slot&) = delete;
  ~Esp32Slot() { close_handle(); }

  /// False if there is no second application partition.
  bool usable() const { return running_ != nullptr && staging_ != nullptr; }
  /// The running partition, the next one, and the first one for SPIFFS or LittleFS, if there is
  /// one.
  FlashMap map() const;

  uint32_t size() const override;
  bool erase_sector(uint32_t offset) override;
  uint32_t block_size() const override { return kBlockSize; }
  bool erase_block(uint32_t offset) override;
  bool write(uint32_t offset, const void* bytes, uint32_t length) override;
  bool read(uint32_t offset, void* bytes, uint32_t length) override;

  UpdateError place(uint32_t size, uint32_t& start) override;
  /// False: esp_ota_begin() starts a partition from its beginning.
  bool keeps_staged() const override { return false; }
  uint32_t unpacked_limit(uint32_t start) const override;
  UpdateError withdraw() override;
  /// InstallRefused if the bootloader would not start the image.
  UpdateError install(const StagedImage& image) override;
  UpdateError guard_filesystem(uint32_t start, uint32_t size) override;
  bool release_filesystem() override;
  /// Unsupported if the bootloader cannot roll back (CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE).
  bool read_trial(TrialState& state) override;
  bool confirm() override;

 private:
  static constexpr uint32_t kBlockSize = 64 * 1024;

  bool erase(uint32_t offset, uint32_t length);
  const esp_partition_t* partition_at(uint32_t offset, uint32_t length) const;
  bool stage(uint32_t offset, const void* bytes, uint32_t length);
  bool on_trial() const;
  void close_handle();

  const esp_partition_t* running_;
  const esp_partition_t* staging_;
  const esp_partition_t* filesystem_;
  esp_ota_handle_t handle_ = 0;
  bool open_ = false;     ///< handle_ is valid
  uint32_t written_ = 0;  ///< bytes of the staging partition
};

}  // namespace otatool::firmware
