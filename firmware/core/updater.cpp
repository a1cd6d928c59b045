#include "firmware/core/updater.hpp"

#include <string.h>

#include "otatool/wire/boot_command.hpp"
#include "otatool/wire/image_trailer.hpp"
#include "otatool/wire/resume.hpp"

#include "firmware/core/boot/verified_write.hpp"
#include "firmware/core/image_kind.hpp"
#include "firmware/core/incoming_rules.hpp"

namespace otatool::firmware {

UpdateError Updater::begin(const UpdateRequest& request) {
  cancel();
  const uint32_t kept = continues(request) ? kept_ : 0;
  const uint32_t erased = erased_;
  const uint32_t former_start = start_;
  kept_ = 0;
  if (request.size == 0) {
    return UpdateError::Size;
  }
  // Keeps whole_sectors() from overflowing: no flash has 4 GiB.
  if (request.size > flash_.size()) {
    return UpdateError::Space;
  }
  request_ = request;
  UpdateError error = choose_start();
  payload_size_ = request.size;
  if (error == UpdateError::None && checks_.signature != nullptr) {
    error = reserve_signature();
  }
  if (error == UpdateError::None) {
    error = installer_.withdraw();
  }
  if (error != UpdateError::None) {
    return error;
  }
  if (kept == 0) {
    packed_ = false;
    patch_ = false;
  }
  start_over();
  active_ = true;
  if (start_ == former_start && !read_kept(kept, erased)) {
    start_over();
  }
  return UpdateError::None;
}

void Updater::start_over() {
  received_ = 0;
  erased_ = 0;
  erase_failed_ = false;
  crc_ = 0;
  guarded_ = false;
  md5_.begin();
}

bool Updater::continues(const UpdateRequest& request) const {
  const bool stays = request.command == wire::Command::Filesystem || installer_.keeps_staged();
  return request.may_resume && stays && !request_.without_md5 &&
         request.command == request_.command && request.size == request_.size &&
         memcmp(request.md5, request_.md5, sizeof(request.md5)) == 0;
}

// Reads the flash again instead of keeping sums: what it holds now is what starts. False for an
// image that begins like the line with which a host resumes.
bool Updater::read_kept(uint32_t kept, uint32_t erased) {
  while (received_ < kept) {
    if (!flash_.read(start_ + received_, page_, kPageSize) ||
        (received_ == 0 && page_[0] == wire::kResumePrefix[0])) {
      return false;
    }
    count(page_, kPageSize);
  }
  erased_ = kept != 0 ? erased : 0;
  return true;
}

void Updater::digest_so_far(uint8_t* digest) const {
  Md5 copy = md5_;
  copy.finish(digest);
}

UpdateError Updater::choose_start() {
  if (request_.command == wire::Command::Flash) {
    return installer_.place(request_.size, start_);
  }
  start_ = map_.filesystem;
  return whole_sectors(request_.size) > map_.filesystem_end - map_.filesystem ? UpdateError::Space
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
    // What was not verified does not stay in a filesystem; a complete image leaves nothing to send.
    const bool keep = !guarded_ && remaining() != 0;
    static_cast<void>(end_with(UpdateError::Size));
    kept_ = keep ? received_ / kPageSize * kPageSize : 0;
  }
}

UpdateError Updater::end_with(UpdateError error) {
  active_ = false;
  if (error != UpdateError::None && guarded_) {
    const uint32_t written = remaining() == 0 ? received_ : received_ / kPageSize * kPageSize;
    bool erased = true;
    for (erased_ = 0; erased_ < written && erased;) {
      erased = erase_next();
    }
    // Otherwise the next start erases it.
    if (erased) {
      static_cast<void>(installer_.release_filesystem());
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
    patch_ = bytes[0] == kPatchMagic && checks_.patches != nullptr;
    if (!patch_ && !loader_accepts(bytes[0], checks_.packages != nullptr)) {
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
    const uint32_t part = length < room ? static_cast<uint32_t>(length) : room;
    memcpy(page_ + filled, bytes, part);
    count(bytes, part);
    bytes += part;
    length -= part;
    if (received_ % kPageSize == 0 || received_ == request_.size) {
      const UpdateError error = flush_page();
      if (error != UpdateError::None) {
        return error;
      }
    }
  }
  return UpdateError::None;
}

void Updater::count(const uint8_t* bytes, uint32_t length) {
  md5_.update(bytes, length);
  if (received_ < payload_size_) {
    const uint32_t payload_left = payload_size_ - received_;
    crc_ = wire::crc32(crc_, bytes, length < payload_left ? length : payload_left);
  }
  received_ += length;
}

UpdateError Updater::flush_page() {
  const uint32_t page = (received_ - 1) / kPageSize * kPageSize;
  uint32_t length = received_ - page;
  while (length % 4 != 0) {
    page_[length++] = 0xFF;
  }
  if (page == 0 && request_.command == wire::Command::Filesystem) {
    const UpdateError error = begin_filesystem();
    if (error != UpdateError::None) {
      return error;
    }
  }
  if (page == 0 && patch_) {
    const UpdateError error =
        checks_.patches->begin(page_, received_, installer_, start_, request_.size);
    if (error != UpdateError::None) {
      return error;
    }
  }
  if (page == erased_ && !erase_next()) {
    return UpdateError::Erase;
  }
  return write_verified(flash_, start_ + page, page_, length);
}

bool Updater::erase_next() {
  const uint32_t count =
      erase_piece(flash_, start_ + erased_, whole_sectors(request_.size) - erased_);
  erased_ += count;
  return count != 0;
}

// A filesystem stays unchanged until its first page has been checked.
bool Updater::can_erase_ahead() const {
  return active_ && !erase_failed_ && erased_ < request_.size &&
         erased_ < received_ + kErasedAhead &&
         (request_.command == wire::Command::Flash || erased_ != 0);
}

void Updater::erase_ahead() {
  if (can_erase_ahead()) {
    erase_failed_ = !erase_next();
  }
}

// Before the first byte is written.
UpdateError Updater::begin_filesystem() {
  if (!may_be_filesystem(page_, received_)) {
    return UpdateError::NoFilesystem;
  }
  if (checks_.signature == nullptr) {
    return UpdateError::None;
  }
  const UpdateError error = installer_.guard_filesystem(start_, request_.size);
  guarded_ = error == UpdateError::None;
  return error;
}

// From here on the image is what arrived.
UpdateError Updater::apply_patch() {
  const uint32_t trailer = request_.size - payload_size_;
  StagedImage made{};
  const UpdateError error = checks_.patches->apply(trailer, made);
  start_ = made.start;
  crc_ = made.crc;
  payload_size_ = made.size;
  request_.size = made.size + trailer;
  received_ = request_.size;
  return error;
}

UpdateError Updater::end() {
  if (!active_) {
    return UpdateError::Size;
  }
  UpdateError error = remaining() != 0 ? UpdateError::Size : check_received();
  if (error == UpdateError::None && request_.command == wire::Command::Flash) {
    error = install();
  } else if (error == UpdateError::None && guarded_) {
    error = installer_.release_filesystem() ? UpdateError::None : UpdateError::Write;
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
  UpdateError error = patch_ ? apply_patch() : UpdateError::None;
  if (error == UpdateError::None && checks_.signature != nullptr) {
    error = check_signature();
  }
  if (error != UpdateError::None) {
    return error;
  }
  return request_.command == wire::Command::Flash ? check_image() : check_filesystem();
}

// Only a signature proves the version that a filesystem states.
UpdateError Updater::check_filesystem() {
  uint8_t version[wire::kFilesystemVersionSize];
  const auto size = static_cast<uint32_t>(sizeof(version));
  if (checks_.signature == nullptr || payload_size_ < size) {
    return UpdateError::None;
  }
  if (!read_back(start_ + payload_size_ - size, version, size)) {
    return UpdateError::Read;
  }
  return wire::detail::get_u32(version) == wire::kFilesystemVersionMagic &&
                 wire::detail::get_u32(version + 4) < checks_.minimum_version
             ? UpdateError::VersionOld
             : UpdateError::None;
}

UpdateError Updater::check_image() {
  IncomingRules rules(flash_, map_, checks_.minimum_version);
  if (packed_) {
    const UpdateError error = checks_.packages->verify(
        flash_, start_, payload_size_, installer_.unpacked_limit(start_), rules);
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
  return checks_.signature->verify(digest, signature);
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

UpdateError Updater::install() {
  return installer_.install({start_, payload_size_, crc_, image_size_, packed_});
}

}  // namespace otatool::firmware
