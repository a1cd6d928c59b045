#include "firmware/core/incoming_rules.hpp"

#include "otatool/wire/application_description.hpp"
#include "otatool/wire/boot_command.hpp"

namespace otatool::firmware {

UpdateError IncomingRules::add(const uint8_t* bytes, size_t count) {
  if (map_.loader_size != 0) {
    return rules_.add(bytes, count);
  }
  const UpdateError error = begun_ ? UpdateError::None : check_flash_config(bytes, count);
  begun_ = true;
  find_mark(bytes, count);
  return error;
}

// Byte 2 is the mode, the upper half of byte 3 the size (signing-gzip-images.md 3.1).
UpdateError IncomingRules::check_flash_config(const uint8_t* bytes, size_t count) {
  alignas(4) uint8_t running[4];
  if (!map_.keeps_flash_config) {
    return UpdateError::None;
  }
  if (count < sizeof(running)) {
    return UpdateError::FlashConfig;
  }
  if (!flash_.read(map_.application, running, sizeof(running))) {
    return UpdateError::Read;
  }
  return bytes[2] == running[2] && bytes[3] >> 4 == running[3] >> 4 ? UpdateError::None
                                                                    : UpdateError::FlashConfig;
}

void IncomingRules::find_mark(const uint8_t* bytes, size_t count) {
  if (minimum_version_ == 0) {
    return;
  }
  for (size_t i = 0; i + 4 <= count && mark_words_ != kMarkWords; i += 4) {
    const uint32_t word = wire::detail::get_u32(bytes + i);
    const uint32_t wanted[kMarkWords] = {
        wire::kVersionMarkMagic[0], wire::kVersionMarkMagic[1], word, ~version_};
    const bool continues = word == wanted[mark_words_];
    if (mark_words_ == 2) {
      version_ = word;
    }
    mark_words_ = continues ? mark_words_ + 1 : word == wanted[0] ? 1 : 0;
  }
}

bool IncomingRules::decided() const {
  return map_.loader_size != 0 ? rules_.decided()
                               : begun_ && (minimum_version_ == 0 || mark_words_ == kMarkWords);
}

UpdateError IncomingRules::result() const {
  if (map_.loader_size != 0 || minimum_version_ == 0) {
    return rules_.result();
  }
  if (mark_words_ != kMarkWords) {
    return UpdateError::VersionMissing;
  }
  return version_ < minimum_version_ ? UpdateError::VersionOld : UpdateError::None;
}

}  // namespace otatool::firmware
