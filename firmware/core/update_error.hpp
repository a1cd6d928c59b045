// Error texts as devices send them (espota.md 1.5), written into a buffer.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

/// The two MD5 sums of an image that arrived damaged; only UpdateError::Md5 has them.
struct Md5Mismatch {
  uint8_t expected[16];
  uint8_t calculated[16];
};

/// Longest text of describe() and report(), with the newline.
constexpr size_t kMaxErrorLength = 128;

/// The number to report. Signatures have 12 in the ESP8266's Updater. Additions of this project: 32
/// for packages, 33 for another loader, 34 for versions, 35 for a running trial, 36 for a pause
/// after wrong passwords, 37 for an image that the bootloader refuses, 38 for a difference update
/// for another application, 39 for a damaged one.
uint32_t number_of(UpdateError error);

/// Writes the text of `error` without number and newline; `text` holds kMaxErrorLength. Returns the
/// length. Only UpdateError::Md5 uses `mismatch`.
size_t describe(UpdateError error, const Md5Mismatch& mismatch, char* text);

/// Writes `ERROR[n]: text\n`; `text` holds kMaxErrorLength. Returns the length.
size_t report(UpdateError error, const Md5Mismatch& mismatch, char* text);

}  // namespace otatool::firmware
