#include "updater.hpp"

#include <string.h>

#include "image_kind.hpp"

namespace otatool::firmware {

UpdateError Updater::begin(const UpdateRequest& request) {
  active_ = false;
  if (request.size == 0) {
    return UpdateError::Size;
  }
  // No region reaches beyond 32 bits less one sector, so a larger size cannot overflow below.
  if (request.size > flash_.size()) {
    return UpdateError::Space;
  }
  request_ = request;
  UpdateError error = place(whole_sectors(request.size));
  if (error == UpdateError::None) {
    error = withdraw_command();
  }
  if (error != UpdateError::None) {
    return error;
  }
  received_ = 0;
  crc_ = 0;
  md5_.begin();
  active_ = true;
  return UpdateError::None;
}

UpdateError Updater::place(uint32_t staged_size) {
  if (request_.command == wire::Command::Filesystem) {
    start_ = map_.filesystem;
    return staged_size > map_.filesystem_end - map_.filesystem ? UpdateError::Space
                                                               : UpdateError::None;
  }
  if (staged_size > map_.staging_end - map_.staging ||
      staged_size > map_.application_end - map_.application) {
    return UpdateError::Space;
  }
  start_ = map_.staging_end - staged_size;
  // The loader copies upwards, sector by sector: it must read each sector before it writes there.
  const uint32_t running_end = map_.application + whole_sectors(running_size_);
  return start_ < running_end || start_ <= map_.application ? UpdateError::Space
                                                            : UpdateError::None;
}

UpdateError Updater::write(const uint8_t* bytes, size_t length) {
  if (!active_ || length > remaining()) {
    active_ = false;
    return UpdateError::Size;
  }
  if (length != 0 && received_ == 0 && request_.command == wire::Command::Flash &&
      !loader_accepts(bytes[0])) {
    active_ = false;
    return UpdateError::MagicByte;
  }
  const UpdateError error = append(bytes, length);
  if (error != UpdateError::None) {
    active_ = false;
  }
  return error;
}

UpdateError Updater::append(const uint8_t* bytes, size_t length) {
  while (length != 0) {
    const uint32_t filled = received_ % kPageSize;
    const uint32_t room = kPageSize - filled;
    const uint32_t count = length < room ? static_cast<uint32_t>(length) : room;
    memcpy(page_ + filled, bytes, count);
    md5_.update(bytes, count);
    crc_ = wire::crc32(crc_, bytes, count);
    bytes += count;
    length -= count;
    received_ += count;
    if (received_ % kPageSize == 0 || received_ == request_.size) {
      const UpdateError error = flush_page();
      if (error != UpdateError::None) {
        return error;
      }
    }
  }
  return UpdateError::None;
}

UpdateError Updater::flush_page() {
  const uint32_t page = (received_ - 1) / kPageSize * kPageSize;
  uint32_t length = received_ - page;
  while (length % 4 != 0) {
    page_[length++] = 0xFF;
  }
  if (page % kSectorSize == 0 && !flash_.erase_sector(start_ + page)) {
    return UpdateError::Erase;
  }
  return write_verified(start_ + page, page_, length);
}

UpdateError Updater::write_verified(uint32_t offset, const uint8_t* bytes, uint32_t length) {
  if (!flash_.write(offset, bytes, length)) {
    return UpdateError::Write;
  }
  alignas(4) uint8_t written[32];
  for (uint32_t done = 0; done < length;) {
    const uint32_t left = length - done;
    const uint32_t count = left < sizeof(written) ? left : static_cast<uint32_t>(sizeof(written));
    if (!flash_.read(offset + done, written, count)) {
      return UpdateError::Read;
    }
    if (memcmp(written, bytes + done, count) != 0) {
      return UpdateError::Write;
    }
    done += count;
  }
  return UpdateError::None;
}

UpdateError Updater::end() {
  if (!active_ || remaining() != 0) {
    active_ = false;
    return UpdateError::Size;
  }
  active_ = false;
  uint8_t digest[Md5::kDigestLength];
  md5_.finish(digest);
  if (memcmp(digest, request_.md5, sizeof(digest)) != 0) {
    memcpy(mismatch_.expected, request_.md5, sizeof(digest));
    memcpy(mismatch_.calculated, digest, sizeof(digest));
    return UpdateError::Md5;
  }
  return request_.command == wire::Command::Flash ? write_command() : UpdateError::None;
}

UpdateError Updater::withdraw_command() {
  alignas(4) uint8_t record[wire::kBootCommandLength];
  wire::BootCommand pending{};
  if (!flash_.read(map_.command, record, sizeof(record))) {
    return UpdateError::Read;
  }
  if (!wire::parse_boot_command(record, pending)) {
    return UpdateError::None;
  }
  memset(record, 0, sizeof(record));
  return write_verified(map_.command, record, sizeof(record));
}

UpdateError Updater::write_command() {
  wire::BootCommand command{};
  command.action = wire::BootAction::CopyRaw;
  command.source = start_;
  command.destination = map_.application;
  command.size = request_.size;
  command.image_crc = crc_;
  alignas(4) uint8_t record[wire::kBootCommandLength];
  wire::format_boot_command(command, record);
  if (!flash_.erase_sector(map_.command)) {
    return UpdateError::Erase;
  }
  return write_verified(map_.command, record, sizeof(record));
}

}  // namespace otatool::firmware
