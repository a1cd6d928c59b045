// The number and the behaviour of one version of the application. Built several times, to test how
// a device treats applications that fail.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

enum class Behaviour : uint8_t {
  Works,          ///< confirms
  NeverConfirms,  ///< works, but never confirms
  Crashes,        ///< jumps to address 0 before it confirms
  Hangs,          ///< loops for ever before it confirms
};

extern const uint32_t kApplicationVersion;
extern const Behaviour kBehaviour;

}  // namespace otatool::firmware
