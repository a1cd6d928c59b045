// How an application states its version. For the loader of firmware/boot: two words after the
// length and CRC at the start of its code in flash. For other loaders, whose images have no place
// for them: four words anywhere. Freestanding C++17, no heap, no IO.
#pragma once

#include <stdint.h>

namespace otatool::wire {

constexpr uint32_t kApplicationDescriptionMagic = 0x5644544F;  // "OTDV"
/// Offset in the application: after its header, the header of its first segment, length and CRC.
constexpr uint32_t kApplicationDescriptionOffset = 24;

struct ApplicationDescription {
  uint32_t magic;
  uint32_t version;  ///< 1 or more; larger is newer
};

/// At a multiple of 4 bytes in the image.
struct VersionMark {
  uint32_t magic[2];
  uint32_t version;   ///< 1 or more; larger is newer
  uint32_t inverted;  ///< all bits of `version` inverted
};
constexpr uint32_t kVersionMarkMagic[2] = {0x6D3A91C5, 0xB80F4E27};

constexpr VersionMark version_mark(uint32_t version) {
  return {{kVersionMarkMagic[0], kVersionMarkMagic[1]}, version, ~version};
}

}  // namespace otatool::wire
