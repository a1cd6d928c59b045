// The description in an application for the loader of firmware/boot: two words after the length and
// CRC at the start of its code in flash. Freestanding C++17, no heap, no IO.
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

}  // namespace otatool::wire
