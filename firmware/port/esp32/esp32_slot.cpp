#include "firmware/port/esp32/esp32_slot.hpp"

#include <sdkconfig.h>
#include <string.h>

namespace otatool::firmware {
namespace {

/// Encrypted flash is written in blocks of 16 bytes.
constexpr uint32_t kCipherBlock = 16;

uint32_t end_of(const esp_partition_t* partition) {
  return partition == nullptr ? 0 : partition->address + partition->size;
}

uint32_t start_of(const esp_partition_t* partition) {
  return partition == nullptr ? 0 : partition->address;
}

}  // namespace

Esp32Slot::Esp32Slot()
    : running_(esp_ota_get_running_partition()),
      staging_(esp_ota_get_next_update_partition(nullptr)),
      filesystem_(esp_partition_find_first(
          ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_SPIFFS, nullptr)) {}

FlashMap Esp32Slot::map() const {
  FlashMap map{};
  map.application = start_of(running_);
  map.application_end = end_of(running_);
  map.staging = start_of(staging_);
  map.staging_end = end_of(staging_);
  map.filesystem = start_of(filesystem_);
  map.filesystem_end = end_of(filesystem_);
  return map;
}

uint32_t Esp32Slot::size() const {
  const uint32_t applications =
      end_of(running_) > end_of(staging_) ? end_of(running_) : end_of(staging_);
  return applications > end_of(filesystem_) ? applications : end_of(filesystem_);
}

const esp_partition_t* Esp32Slot::partition_at(uint32_t offset, uint32_t length) const {
  const esp_partition_t* const partitions[] = {running_, staging_, filesystem_};
  for (const esp_partition_t* const partition : partitions) {
    if (partition != nullptr && offset >= partition->address && offset < end_of(partition) &&
        length <= end_of(partition) - offset) {
      return partition;
    }
  }
  return nullptr;
}

// esp_ota_write() erases the staging partition itself.
bool Esp32Slot::erase(uint32_t offset, uint32_t length) {
  const esp_partition_t* const partition = partition_at(offset, length);
  if (partition == nullptr || partition == running_) {
    return false;
  }
  return partition == staging_ ||
         esp_partition_erase_range(partition, offset - partition->address, length) == ESP_OK;
}

bool Esp32Slot::erase_sector(uint32_t offset) {
  return erase(offset, kSectorSize);
}

bool Esp32Slot::erase_block(uint32_t offset) {
  return erase(offset, kBlockSize);
}

bool Esp32Slot::write(uint32_t offset, const void* bytes, uint32_t length) {
  const esp_partition_t* const partition = partition_at(offset, length);
  if (partition == nullptr || partition == running_) {
    return false;
  }
  return partition == staging_
             ? stage(offset, bytes, length)
             : esp_partition_write(partition, offset - partition->address, bytes, length) == ESP_OK;
}

bool Esp32Slot::stage(uint32_t offset, const void* bytes, uint32_t length) {
  if (!open_ || offset != staging_->address + written_ ||
      esp_ota_write(handle_, bytes, length) != ESP_OK) {
    return false;
  }
  written_ += length;
  const uint32_t rest = length % kCipherBlock;
  if (rest == 0) {
    return true;
  }
  // Only the last piece: the image is padded, so that all of it can be read back.
  uint8_t padding[kCipherBlock];
  memset(padding, 0xFF, sizeof(padding));
  written_ += kCipherBlock - rest;
  return esp_ota_write(handle_, padding, kCipherBlock - rest) == ESP_OK;
}

bool Esp32Slot::read(uint32_t offset, void* bytes, uint32_t length) {
  const esp_partition_t* const partition = partition_at(offset, length);
  return partition != nullptr &&
         esp_partition_read(partition, offset - partition->address, bytes, length) == ESP_OK;
}

void Esp32Slot::close_handle() {
  if (open_) {
    esp_ota_abort(handle_);
    open_ = false;
  }
}

UpdateError Esp32Slot::place(uint32_t size, uint32_t& start) {
  if (!usable() || size > staging_->size) {
    return UpdateError::Space;
  }
  close_handle();
  if (on_trial()) {
    return UpdateError::OnTrial;
  }
  if (esp_ota_begin(staging_, OTA_WITH_SEQUENTIAL_WRITES, &handle_) != ESP_OK) {
    return UpdateError::Write;
  }
  open_ = true;
  written_ = 0;
  start = staging_->address;
  return UpdateError::None;
}

uint32_t Esp32Slot::unpacked_limit(uint32_t) const {
  return 0;
}

// The partition that would start next is the one that the update overwrites.
UpdateError Esp32Slot::withdraw() {
  if (on_trial()) {
    return UpdateError::OnTrial;
  }
  const bool pending = esp_ota_get_boot_partition() == staging_;
  return !pending || esp_ota_set_boot_partition(running_) == ESP_OK ? UpdateError::None
                                                                    : UpdateError::Write;
}

UpdateError Esp32Slot::install(const StagedImage&) {
  open_ = false;
  return esp_ota_end(handle_) == ESP_OK && esp_ota_set_boot_partition(staging_) == ESP_OK
             ? UpdateError::None
             : UpdateError::InstallRefused;
}

UpdateError Esp32Slot::guard_filesystem(uint32_t, uint32_t) {
  return UpdateError::None;
}

bool Esp32Slot::release_filesystem() {
  return true;
}

bool Esp32Slot::on_trial() const {
  esp_ota_img_states_t state = ESP_OTA_IMG_UNDEFINED;
  return esp_ota_get_state_partition(running_, &state) == ESP_OK &&
         state == ESP_OTA_IMG_PENDING_VERIFY;
}

bool Esp32Slot::read_trial(TrialState& state) {
#ifdef CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE
  state = on_trial() ? TrialState::OnTrial : TrialState::Confirmed;
#else
  state = TrialState::Unsupported;
#endif
  return true;
}

bool Esp32Slot::confirm() {
  return esp_ota_mark_app_valid_cancel_rollback() == ESP_OK;
}

}  // namespace otatool::firmware
