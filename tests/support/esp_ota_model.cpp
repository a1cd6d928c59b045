#include "tests/support/esp_ota_model.hpp"

#include <algorithm>
#include <chrono>
#include <esp_random.h>
#include <esp_timer.h>
#include <random>
#include <stdexcept>

#include <zlib.h>

namespace otatool::test {
namespace {

constexpr std::uint32_t kSector = 4096;
constexpr std::uint32_t kSlots = 2 * kSector;
constexpr std::uint32_t kFilesystem = kSlots + 2 * EspOtaModel::kSlotBytes;
constexpr std::uint32_t kFilesystemBytes = 8 * kSector;
constexpr std::uint32_t kEntryBytes = 32;
constexpr std::uint32_t kStateAt = 24;
constexpr std::uint32_t kCrcAt = 28;
constexpr std::uint32_t kSizeAt = 4;

EspOtaModel* chip = nullptr;

std::uint32_t word_at(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 4; i-- > 0;) {
    word = word << 8 | bytes.at(at + i);
  }
  return word;
}

void put_word(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint32_t word) {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes.at(at + i) = static_cast<std::uint8_t>(word >> 8 * i);
  }
}

std::uint32_t crc_of(const std::vector<std::uint8_t>& bytes, std::size_t count) {
  return static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(count)));
}

}  // namespace

EspOtaModel::EspOtaModel()
    : flash(kFilesystem + kFilesystemBytes),
      partitions_{{ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0, kSlots, kSlotBytes},
                  {ESP_PARTITION_TYPE_APP,
                   ESP_PARTITION_SUBTYPE_APP_OTA_1,
                   kSlots + kSlotBytes,
                   kSlotBytes},
                  {ESP_PARTITION_TYPE_DATA,
                   ESP_PARTITION_SUBTYPE_DATA_SPIFFS,
                   kFilesystem,
                   kFilesystemBytes}} {
  chip = this;
}

EspOtaModel::~EspOtaModel() {
  chip = nullptr;
}

std::vector<std::uint8_t> EspOtaModel::image(std::uint32_t size, std::uint8_t seed) {
  std::vector<std::uint8_t> image(size);
  std::uint32_t value = seed;
  std::ranges::generate(image, [&value] {
    value = value * 1664525 + 1013904223;
    return static_cast<std::uint8_t>(value >> 24);
  });
  image[0] = 0xE9;
  put_word(image, kSizeAt, size);
  put_word(image, size - 4, crc_of(image, size - 4));
  return image;
}

void EspOtaModel::flash_slot(int slot, Bytes image) {
  std::ranges::copy(image, flash.cells().begin() + partitions_[slot].address);
}

bool EspOtaModel::is_valid(const esp_partition_t& partition) const {
  const std::vector<std::uint8_t> bytes = flash.bytes(partition.address, partition.size);
  const std::uint32_t size = word_at(bytes, kSizeAt);
  return bytes[0] == 0xE9 && size >= 16 && size <= partition.size &&
         word_at(bytes, size - 4) == crc_of(bytes, size - 4);
}

std::optional<EspOtaModel::Entry> EspOtaModel::entry(int sector) const {
  const std::vector<std::uint8_t> bytes =
      flash.bytes(kOtadata + static_cast<std::uint32_t>(sector) * kSector, kEntryBytes);
  const std::uint32_t sequence = word_at(bytes, 0);
  if (sequence == 0xFFFFFFFF || word_at(bytes, kCrcAt) != crc_of(bytes, 4)) {
    return std::nullopt;
  }
  return Entry{sequence, word_at(bytes, kStateAt)};
}

bool EspOtaModel::put_entry(int sector, Entry entry) {
  std::vector<std::uint8_t> bytes(kEntryBytes, 0xFF);
  put_word(bytes, 0, entry.sequence);
  put_word(bytes, kStateAt, entry.state);
  put_word(bytes, kCrcAt, crc_of(bytes, 4));
  const std::uint32_t at = kOtadata + static_cast<std::uint32_t>(sector) * kSector;
  return flash.erase_sector(at) && flash.write(at, bytes.data(), kEntryBytes);
}

int EspOtaModel::active() const {
  int best = -1;
  for (int sector = 0; sector < 2; ++sector) {
    const std::optional<Entry> found = entry(sector);
    if (found && found->state != ESP_OTA_IMG_INVALID && found->state != ESP_OTA_IMG_ABORTED &&
        (best < 0 || found->sequence > entry(best)->sequence)) {
      best = sector;
    }
  }
  return best;
}

std::optional<int> EspOtaModel::boot() {
  open_ = false;
  int sector = active();
  if (sector >= 0 && entry(sector)->state == ESP_OTA_IMG_PENDING_VERIFY) {
    put_entry(sector, {entry(sector)->sequence, ESP_OTA_IMG_ABORTED});
    sector = active();
  }
  int slot = sector < 0 ? 0 : static_cast<int>((entry(sector)->sequence - 1) % 2);
  if (!is_valid(partitions_[slot])) {
    slot = 1 - slot;
  } else if (sector >= 0 && entry(sector)->state == ESP_OTA_IMG_NEW) {
    put_entry(sector, {entry(sector)->sequence, ESP_OTA_IMG_PENDING_VERIFY});
  }
  if (!is_valid(partitions_[slot])) {
    return std::nullopt;
  }
  running_ = slot;
  return slot;
}

bool EspOtaModel::runs(Bytes image) const {
  const std::uint32_t at = partitions_[running_].address;
  const auto size = static_cast<std::uint32_t>(image.size());
  return std::ranges::equal(flash.bytes(at, size), image) && flash.is_stable(at, size);
}

esp_err_t EspOtaModel::begin(const esp_partition_t* partition, esp_ota_handle_t* handle) {
  esp_ota_img_states_t running = ESP_OTA_IMG_UNDEFINED;
  if (partition == slot(running_) || partition == filesystem()) {
    return ESP_ERR_INVALID_ARG;
  }
  if (state(slot(running_), &running) == ESP_OK && running == ESP_OTA_IMG_PENDING_VERIFY) {
    return ESP_ERR_OTA_ROLLBACK_INVALID_STATE;
  }
  if (open_) {
    throw std::logic_error("a second update without abort");
  }
  open_ = true;
  target_ = partition;
  written_ = 0;
  *handle = ++handle_;
  return ESP_OK;
}

esp_err_t EspOtaModel::write(esp_ota_handle_t handle, const void* bytes, std::size_t size) {
  if (!open_ || handle != handle_ || size > target_->size - written_) {
    return ESP_ERR_INVALID_ARG;
  }
  const auto* const from = static_cast<const std::uint8_t*>(bytes);
  if (written_ == 0 && from[0] != 0xE9) {
    return ESP_ERR_OTA_VALIDATE_FAILED;
  }
  for (std::size_t done = 0; done < size;) {
    const std::size_t room = kSector - written_ % kSector;
    const std::size_t count = std::min(room, size - done);
    const std::vector<std::uint8_t> piece(from + done, from + done + count);
    if ((written_ % kSector == 0 && !flash.erase_sector(target_->address + written_)) ||
        !flash.write(
            target_->address + written_, piece.data(), static_cast<std::uint32_t>(count))) {
      return ESP_FAIL;
    }
    written_ += static_cast<std::uint32_t>(count);
    done += count;
  }
  return ESP_OK;
}

esp_err_t EspOtaModel::end(esp_ota_handle_t handle) {
  if (!open_ || handle != handle_) {
    return ESP_ERR_NOT_FOUND;
  }
  open_ = false;
  return written_ != 0 && is_valid(*target_) ? ESP_OK : ESP_ERR_OTA_VALIDATE_FAILED;
}

esp_err_t EspOtaModel::abort(esp_ota_handle_t handle) {
  if (!open_ || handle != handle_) {
    return ESP_ERR_NOT_FOUND;
  }
  open_ = false;
  return ESP_OK;
}

esp_err_t EspOtaModel::select(const esp_partition_t* partition) {
  if (!is_valid(*partition)) {
    return ESP_ERR_OTA_VALIDATE_FAILED;
  }
  const auto wanted = static_cast<std::uint32_t>(partition - partitions_);
  const int newest = active();
  std::uint32_t sequence = newest < 0 ? 1 : entry(newest)->sequence + 1;
  while ((sequence - 1) % 2 != wanted) {
    ++sequence;
  }
  return put_entry(newest < 0 ? 0 : 1 - newest, {sequence, ESP_OTA_IMG_NEW}) ? ESP_OK : ESP_FAIL;
}

const esp_partition_t* EspOtaModel::boot_partition() const {
  const int newest = active();
  return slot(newest < 0 ? 0 : static_cast<int>((entry(newest)->sequence - 1) % 2));
}

esp_err_t EspOtaModel::state(const esp_partition_t* partition, esp_ota_img_states_t* state) const {
  for (int sector = 0; sector < 2; ++sector) {
    const std::optional<Entry> found = entry(sector);
    if (found && slot(static_cast<int>((found->sequence - 1) % 2)) == partition) {
      *state = static_cast<esp_ota_img_states_t>(found->state);
      return ESP_OK;
    }
  }
  return ESP_ERR_NOT_FOUND;
}

esp_err_t EspOtaModel::mark_valid() {
  const int newest = active();
  if (newest < 0) {
    return ESP_FAIL;
  }
  return entry(newest)->state == ESP_OTA_IMG_VALID ||
                 put_entry(newest, {entry(newest)->sequence, ESP_OTA_IMG_VALID})
             ? ESP_OK
             : ESP_FAIL;
}

}  // namespace otatool::test

using otatool::test::chip;

extern "C" {

const esp_partition_t* esp_partition_find_first(esp_partition_type_t,
                                                esp_partition_subtype_t subtype,
                                                const char*) {
  return subtype == ESP_PARTITION_SUBTYPE_DATA_SPIFFS ? chip->filesystem() : nullptr;
}

esp_err_t esp_partition_read(const esp_partition_t* partition,
                             std::size_t offset,
                             void* bytes,
                             std::size_t size) {
  return chip->flash.read(partition->address + static_cast<std::uint32_t>(offset),
                          bytes,
                          static_cast<std::uint32_t>(size))
             ? ESP_OK
             : ESP_FAIL;
}

esp_err_t esp_partition_write(const esp_partition_t* partition,
                              std::size_t offset,
                              const void* bytes,
                              std::size_t size) {
  return chip->flash.write(partition->address + static_cast<std::uint32_t>(offset),
                           bytes,
                           static_cast<std::uint32_t>(size))
             ? ESP_OK
             : ESP_FAIL;
}

esp_err_t esp_partition_erase_range(const esp_partition_t* partition,
                                    std::size_t offset,
                                    std::size_t) {
  return chip->flash.erase_sector(partition->address + static_cast<std::uint32_t>(offset))
             ? ESP_OK
             : ESP_FAIL;
}

esp_err_t esp_ota_begin(const esp_partition_t* partition, std::size_t, esp_ota_handle_t* handle) {
  return chip->begin(partition, handle);
}

esp_err_t esp_ota_write(esp_ota_handle_t handle, const void* bytes, std::size_t size) {
  return chip->write(handle, bytes, size);
}

esp_err_t esp_ota_end(esp_ota_handle_t handle) {
  return chip->end(handle);
}

esp_err_t esp_ota_abort(esp_ota_handle_t handle) {
  return chip->abort(handle);
}

esp_err_t esp_ota_set_boot_partition(const esp_partition_t* partition) {
  return chip->select(partition);
}

const esp_partition_t* esp_ota_get_boot_partition(void) {
  return chip->boot_partition();
}

const esp_partition_t* esp_ota_get_running_partition(void) {
  return chip->slot(chip->running());
}

const esp_partition_t* esp_ota_get_next_update_partition(const esp_partition_t*) {
  return chip->slot(1 - chip->running());
}

esp_err_t esp_ota_get_state_partition(const esp_partition_t* partition,
                                      esp_ota_img_states_t* state) {
  return chip->state(partition, state);
}

std::int64_t esp_timer_get_time(void) {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void esp_fill_random(void* bytes, std::size_t length) {
  static std::mt19937 generator{1};
  std::generate_n(static_cast<std::uint8_t*>(bytes), length, [] {
    return static_cast<std::uint8_t>(generator());
  });
}

esp_err_t esp_ota_mark_app_valid_cancel_rollback(void) {
  return chip->mark_valid();
}

}  // extern "C"
