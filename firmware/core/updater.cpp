#include "firmware/core/updater.hpp"

#include <string.h>

#include "otatool/wire/image_trailer.hpp"

#include "firmware/core/boot/boot_journal.hpp"
#include "firmware/core/image_kind.hpp"
#include "firmware/core/image_rules.hpp"

namespace otatool::firmware {

UpdateError Updater::begin(const UpdateRequest& request) {
  cancel();
  if (request.size == 0) {
    return UpdateError::Size;
  }
  // Keeps whole_sectors() below from overflowing: no flash has 4 GiB.
  if (request.size > flash_.size()) {
    return UpdateError::Space;
  }
  request_ = request;
  UpdateError error = choose_start(whole_sectors(request.size));
  payload_size_ = request.size;
  if (error == UpdateError::None && checks_.signature != nullptr) {
    error = reserve_signature();
  }
  if (error == UpdateError::None) {
    error = withdraw_command();
  }
  if (error != UpdateError::None) {
    return error;
  }
  received_ = 0;
  crc_ = 0;
  packed_ = false;
  md5_.begin();
  active_ = true;
  return UpdateError::None;
}

UpdateError Updater::choose_start(uint32_t staged_size) {
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
  // The loader copies upwards, sector by sector: it must read each sector before it overwrites it.
  const uint32_t running_end = map_.application + whole_sectors(running_size_);
  return start_ < running_end || start_ <= map_.application ? UpdateError::Space
                                                            : UpdateError::None;
}

UpdateError Updater::reserve_signature() {
  const uint32_t length = checks_.signature->signature_length();
  if (length == 0 || length > wire::kMaxSignatureSize) {
    return UpdateError::SignatureKey;
  }
  const uint32_t trailer = length + static_cast<uint32_t>(wire::kTrailerLengthSize);
  if (request_.size <= trailer) {
    return UpdateError::SignatureMissing;
  }
  payload_size_ = request_.size - trailer;
  return UpdateError::None;
}

void Updater::cancel() {
  if (active_) {
    static_cast<void>(end_with(UpdateError::Size));
  }
}

UpdateError Updater::end_with(UpdateError error) {
  active_ = false;
  if (error != UpdateError::None && checks_.signature != nullptr &&
      request_.command == wire::Command::Filesystem) {
    const uint32_t written = remaining() == 0 ? received_ : received_ / kPageSize * kPageSize;
    // Best effort: an erase that fails has no remedy.
    for (uint32_t done = 0; done < written; done += kSectorSize) {
      flash_.erase_sector(start_ + done);
    }
  }
  return error;
}

UpdateError Updater::write(const uint8_t* bytes, size_t length) {
  if (!active_) {
    return UpdateError::Size;
  }
  if (length > remaining()) {
    return end_with(UpdateError::Size);
  }
  if (length != 0 && received_ == 0 && request_.command == wire::Command::Flash) {
    if (!loader_accepts(bytes[0], checks_.packages != nullptr)) {
      return end_with(UpdateError::MagicByte);
    }
    packed_ = bytes[0] == kPackageMagic;
  }
  const UpdateError error = append(bytes, length);
  return error == UpdateError::None ? error : end_with(error);
}

UpdateError Updater::append(const uint8_t* bytes, size_t length) {
  while (length != 0) {
    const uint32_t filled = received_ % kPageSize;
    const uint32_t room = kPageSize - filled;
    const uint32_t count = length < room ? static_cast<uint32_t>(length) : room;
    memcpy(page_ + filled, bytes, count);
    md5_.update(bytes, count);
    if (received_ < payload_size_) {
      const uint32_t payload_left = payload_size_ - received_;
      crc_ = wire::crc32(crc_, bytes, count < payload_left ? count : payload_left);
    }
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
  if (!active_) {
    return UpdateError::Size;
  }
  UpdateError error = remaining() != 0 ? UpdateError::Size : check_received();
  if (error == UpdateError::None && request_.command == wire::Command::Flash) {
    error = write_command();
  }
  return end_with(error);
}

UpdateError Updater::check_received() {
  uint8_t digest[Md5::kDigestLength];
  md5_.finish(digest);
  if (!request_.without_md5 && memcmp(digest, request_.md5, sizeof(digest)) != 0) {
    memcpy(mismatch_.expected, request_.md5, sizeof(digest));
    memcpy(mismatch_.calculated, digest, sizeof(digest));
    return UpdateError::Md5;
  }
  const UpdateError error = checks_.signature != nullptr ? check_signature() : UpdateError::None;
  if (error != UpdateError::None || request_.command != wire::Command::Flash) {
    return error;
  }
  return check_image();
}

UpdateError Updater::check_image() {
  ImageRules rules(flash_, map_, checks_.minimum_version);
  if (packed_) {
    // The unpacked image must not reach the package: the loader starts again after a power cut.
    const uint32_t below = start_ - map_.application;
    const uint32_t region = map_.application_end - map_.application;
    const UpdateError error = checks_.packages->verify(
        flash_, start_, payload_size_, below < region ? below : region, rules);
    image_size_ = checks_.packages->unpacked_size();
    return error;
  }
  image_size_ = payload_size_;
  for (uint32_t done = 0; done < payload_size_ && !rules.decided(); done += kPageSize) {
    const uint32_t left = payload_size_ - done;
    const uint32_t count = left < kPageSize ? left : kPageSize;
    if (!flash_.read(start_ + done, page_, (count + 3) & ~3U)) {
      return UpdateError::Read;
    }
    const UpdateError error = rules.add(page_, count);
    if (error != UpdateError::None) {
      return error;
    }
  }
  return rules.result();
}

UpdateError Updater::check_signature() {
  uint8_t signature[wire::kMaxSignatureSize];
  uint8_t last_four[wire::kTrailerLengthSize];
  const uint32_t length = checks_.signature->signature_length();
  if (!read_back(start_ + request_.size - static_cast<uint32_t>(sizeof(last_four)),
                 last_four,
                 static_cast<uint32_t>(sizeof(last_four)))) {
    return UpdateError::Read;
  }
  uint32_t payload_size = 0;
  if (!wire::split_signed_file(request_.size, last_four, length, payload_size)) {
    const uint32_t stated = wire::read_trailer_length(last_four);
    return stated >= wire::kMinSignatureSize && stated <= wire::kMaxSignatureSize
               ? UpdateError::SignatureLength
               : UpdateError::SignatureMissing;
  }
  uint8_t digest[Sha256::kDigestLength];
  if (!hash_payload(digest) || !read_back(start_ + payload_size, signature, length)) {
    return UpdateError::Read;
  }
  return checks_.signature->verify(digest, signature) ? UpdateError::None
                                                      : UpdateError::SignatureWrong;
}

bool Updater::hash_payload(uint8_t* digest) {
  checks_.sha256->begin();
  for (uint32_t done = 0; done < payload_size_;) {
    const uint32_t left = payload_size_ - done;
    const uint32_t count = left < kPageSize ? left : kPageSize;
    if (!flash_.read(start_ + done, page_, (count + 3) & ~3U)) {
      return false;
    }
    checks_.sha256->update(page_, count);
    done += count;
  }
  checks_.sha256->finish(digest);
  return true;
}

// Reads at any offset and any length; Flash requires multiples of 4.
bool Updater::read_back(uint32_t offset, uint8_t* bytes, uint32_t length) {
  while (length != 0) {
    const uint32_t skip = offset % 4;
    const uint32_t room = kPageSize - skip;
    const uint32_t count = length < room ? length : room;
    if (!flash_.read(offset - skip, page_, (skip + count + 3) & ~3U)) {
      return false;
    }
    memcpy(bytes, page_ + skip, count);
    bytes += count;
    offset += count;
    length -= count;
  }
  return true;
}

UpdateError Updater::withdraw_command() {
  BootJournal journal(flash_, map_.command);
  wire::BootCommand pending{};
  bool found = false;
  bool started = false;
  if (!journal.read(pending, found) || !journal.is_marked(wire::kBootStartedMark, started)) {
    return UpdateError::Read;
  }
  if (!found) {
    return UpdateError::None;
  }
  if (started) {
    return UpdateError::OnTrial;
  }
  alignas(4) uint8_t zeros[wire::kBootCommandLength] = {};
  return write_verified(map_.command, zeros, sizeof(zeros));
}

// The backup lies directly below the staged image, above the running and the new application.
void Updater::choose_backup(wire::BootCommand& command) const {
  const uint32_t backup = whole_sectors(running_size_);
  const uint32_t unpacked = whole_sectors(image_size_);
  const uint32_t below = start_ - map_.application;
  if (map_.keeps_backup && backup != 0 && backup <= below &&
      (backup > unpacked ? backup : unpacked) <= below - backup) {
    command.backup = start_ - backup;
    command.backup_size = running_size_;
  }
}

UpdateError Updater::write_command() {
  wire::BootCommand command{};
  command.action = packed_ ? wire::BootAction::Unpack : wire::BootAction::CopyRaw;
  command.source = start_;
  command.destination = map_.application;
  command.size = payload_size_;
  command.image_crc = crc_;
  choose_backup(command);
  alignas(4) uint8_t record[wire::kBootCommandLength];
  wire::format_boot_command(command, record);
  if (!flash_.erase_sector(map_.command)) {
    return UpdateError::Erase;
  }
  return write_verified(map_.command, record, sizeof(record));
}

}  // namespace otatool::firmware
