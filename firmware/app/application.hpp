// One version of the application: its number and how it behaves. Built several times, for tests of
// what a device does with applications that do not work.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

enum class Behaviour : uint8_t {
  Works,          ///< confirms as soon as it is sure of itself
  NeverConfirms,  ///< works, but does not say so
  Crashes,        ///< jumps to nowhere before it has confirmed
  Hangs,          ///< loops for ever before it has confirmed
};

extern const uint32_t kApplicationVersion;
extern const Behaviour kBehaviour;

}  // namespace otatool::firmware
