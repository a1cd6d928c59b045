#include "firmware/core/package/delta_applier.hpp"

#include <string.h>

#include "otatool/wire/crc32.hpp"
#include "otatool/wire/espota.hpp"

#include "firmware/core/boot/verified_write.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/image_kind.hpp"
#include "firmware/core/package/package_source.hpp"

namespace otatool::firmware {

UpdateError DeltaApplier::begin(
    const uint8_t* head, uint32_t count, Installer& installer, uint32_t start, uint32_t size) {
  patch_start_ = start;
  patch_size_ = size;
  if (wire::parse_delta_header(head, count, header_) != wire::DeltaHeaderState::Valid) {
    return UpdateError::PatchDamaged;
  }
  if (header_.old_size > running_size_) {
    return UpdateError::PatchBase;
  }
  if (!hash_running(header_.old_size)) {
    return UpdateError::Read;
  }
  return memcmp(running_hash_, header_.old_sha256, sizeof(running_hash_)) == 0
             ? place(installer)
             : UpdateError::PatchBase;
}

// The new image is staged directly below the patch.
UpdateError DeltaApplier::place(Installer& installer) {
  const uint32_t made = whole_sectors(header_.new_size);
  const uint32_t patch = whole_sectors(patch_size_);
  if (made > flash_.size() - patch) {
    return UpdateError::Space;
  }
  const UpdateError error = installer.place(made + patch, start_);
  return error == UpdateError::None && made > patch_start_ - start_ ? UpdateError::Space : error;
}

// Of the first `size` bytes of the running application.
bool DeltaApplier::hash_running(uint32_t size) {
  if (hashed_size_ == size) {
    return true;
  }
  hashed_size_ = 0;
  sha256_.begin();
  for (uint32_t done = 0; done < size; done += kPage) {
    const uint32_t left = size - done;
    if (!flash_.read(map_.application + done, page_, kPage)) {
      return false;
    }
    sha256_.update(page_, left < kPage ? left : kPage);
  }
  sha256_.finish(running_hash_);
  hashed_size_ = size;
  return true;
}

size_t DeltaApplier::identify(char* text) {
  if (running_size_ == 0 || !hash_running(running_size_)) {
    return 0;
  }
  wire::detail::Writer writer(text);
  writer.text(wire::kDeltaAnswer, sizeof(wire::kDeltaAnswer) - 1)
      .number(wire::kDeltaWindow)
      .character(' ')
      .number(running_size_)
      .character(' ');
  size_t length = writer.length();
  to_hex(running_hash_, sizeof(running_hash_), text + length);
  length += 2 * sizeof(running_hash_);
  text[length++] = '\n';
  return length;
}

UpdateError DeltaApplier::apply(uint32_t trailer, StagedImage& made) {
  constexpr auto kHeader = static_cast<uint32_t>(wire::kDeltaHeaderSize);
  static_assert(kHeader % 4 == 0, "the flash reads whole words");
  if (header_.new_size <= trailer) {
    return UpdateError::SignatureMissing;
  }
  scanner_ = wire::DeltaScanner(header_.old_size, header_.new_size);
  error_ = UpdateError::None;
  made_ = 0;
  erased_ = 0;
  payload_size_ = header_.new_size - trailer;
  crc_ = 0;
  old_page_at_ = kNoPage;
  sha256_.begin();
  PackageSource source(flash_, patch_start_ + kHeader, patch_size_ - kHeader);
  switch (inflater_.run(source, this, 0xFFFFFFFF)) {
    case InflateResult::Ok:
      made = {start_, payload_size_, 0, payload_size_, false};
      error_ = finish();
      made.crc = crc_;
      return error_;
    case InflateResult::SinkFailed:
      return error_;
    case InflateResult::SourceFailed:
      return UpdateError::Read;
    default:
      return UpdateError::PatchDamaged;
  }
}

UpdateError DeltaApplier::finish() {
  if (!scanner_.complete()) {
    return UpdateError::PatchDamaged;
  }
  const UpdateError error = made_ % kPage != 0 ? flush() : UpdateError::None;
  uint8_t hash[Sha256::kDigestLength];
  sha256_.finish(hash);
  return error == UpdateError::None && memcmp(hash, header_.new_sha256, sizeof(hash)) != 0
             ? UpdateError::PatchDamaged
             : error;
}

bool DeltaApplier::write(const uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count && error_ == UpdateError::None; ++i) {
    error_ = make(bytes[i]);
  }
  return error_ == UpdateError::None;
}

// One unpacked byte of the patch.
UpdateError DeltaApplier::make(uint8_t byte) {
  switch (scanner_.feed(byte)) {
    case wire::DeltaScanner::Meaning::Number:
      return UpdateError::None;
    case wire::DeltaScanner::Meaning::Malformed:
      return UpdateError::PatchDamaged;
    case wire::DeltaScanner::Meaning::Add: {
      uint8_t old = 0;
      const UpdateError error = read_old(scanner_.old_position(), old);
      if (error != UpdateError::None) {
        return error;
      }
      byte = static_cast<uint8_t>(byte + old);
      break;
    }
    case wire::DeltaScanner::Meaning::Copy:
      break;
  }
  page_[made_++ % kPage] = byte;
  return made_ % kPage == 0 ? flush() : UpdateError::None;
}

UpdateError DeltaApplier::read_old(uint32_t at, uint8_t& byte) {
  const uint32_t page = at / kPage * kPage;
  if (page != old_page_at_) {
    if (!flash_.read(map_.application + page, old_page_, kPage)) {
      return UpdateError::Read;
    }
    old_page_at_ = page;
  }
  byte = old_page_[at % kPage];
  return UpdateError::None;
}

// Writes the page of the last byte that was made.
UpdateError DeltaApplier::flush() {
  const uint32_t page = (made_ - 1) / kPage * kPage;
  uint32_t length = made_ - page;
  // A package in a patch would be installed as an image.
  if (page == 0 && page_[0] != kApplicationMagic) {
    return UpdateError::MagicByte;
  }
  sha256_.update(page_, length);
  if (page < payload_size_) {
    const uint32_t left = payload_size_ - page;
    crc_ = wire::crc32(crc_, page_, length < left ? length : left);
  }
  while (length % 4 != 0) {
    page_[length++] = 0xFF;
  }
  if (page == erased_) {
    const uint32_t count =
        erase_piece(flash_, start_ + page, whole_sectors(header_.new_size) - page);
    if (count == 0) {
      return UpdateError::Erase;
    }
    erased_ += count;
  }
  return write_verified(flash_, start_ + page, page_, length);
}

}  // namespace otatool::firmware
