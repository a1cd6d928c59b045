// What an application of the loader in firmware/boot says of itself: two words behind the length
// and CRC with which its code in flash begins. Freestanding C++17, no heap, no IO.
#pragma once

#include <stdint.h>

namespace otatool::wire {

constexpr uint32_t kApplicationDescriptionMagic = 0x5644544F;  // "OTDV"
/// From the application's header on: the header, that of its first segment, length and CRC.
constexpr uint32_t kApplicationDescriptionOffset = 24;

struct ApplicationDescription {
  uint32_t magic;
  uint32_t version;  ///< counts up from 1; larger is newer
};

}  // namespace otatool::wire
