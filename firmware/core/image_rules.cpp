#include "firmware/core/image_rules.hpp"

#include <string.h>

#include "otatool/wire/boot_command.hpp"

#include "firmware/core/image_kind.hpp"

namespace otatool::firmware {

UpdateError ImageRules::add(const uint8_t* bytes, size_t count) {
  while (count != 0 && !decided()) {
    const uint32_t room = kPiece - position_ % kPiece;
    const uint32_t piece = count < room ? static_cast<uint32_t>(count) : room;
    const UpdateError error = add_piece(bytes, piece);
    if (error != UpdateError::None) {
      return error;
    }
    position_ += piece;
    bytes += piece;
    count -= piece;
  }
  return UpdateError::None;
}

UpdateError ImageRules::add_piece(const uint8_t* bytes, uint32_t count) {
  if (position_ >= map_.loader_size) {
    memcpy(head_ + (position_ - map_.loader_size), bytes, count);
    return UpdateError::None;
  }
  alignas(4) uint8_t loader[kPiece];
  if (!flash_.read(map_.application + position_, loader, (count + 3) & ~3U)) {
    return UpdateError::Read;
  }
  return memcmp(loader, bytes, count) == 0 ? UpdateError::None : UpdateError::LoaderDiffers;
}

UpdateError ImageRules::result() const {
  if (map_.loader_size == 0) {
    return UpdateError::None;
  }
  if (!decided() || head_[0] != kApplicationMagic) {
    return UpdateError::MagicByte;
  }
  if (minimum_version_ == 0) {
    return UpdateError::None;
  }
  const uint8_t* const description = head_ + wire::kApplicationDescriptionOffset;
  if (wire::detail::get_u32(description) != wire::kApplicationDescriptionMagic) {
    return UpdateError::VersionMissing;
  }
  return wire::detail::get_u32(description + 4) < minimum_version_ ? UpdateError::VersionOld
                                                                   : UpdateError::None;
}

}  // namespace otatool::firmware
