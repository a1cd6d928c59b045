// Error texts as devices send them (espota.md 1.5). Text into a buffer, nothing else.
#pragma once

#include "port.hpp"

namespace otatool::firmware {

/// The two MD5 sums of an image that arrived damaged; only UpdateError::Md5 has them.
struct Md5Mismatch {
  uint8_t expected[16];
  uint8_t calculated[16];
};

/// Longest text of describe() and report(), including the newline.
constexpr size_t kMaxErrorLength = 128;

/// The number to report: the ESP8266's Updater has 12 for signatures. Ours are 32 for packages, 33
/// for another loader, 34 for versions, 35 for a trial that is not over.
uint32_t number_of(UpdateError error);

/// Writes the text of `error` without number or line end; `text` holds kMaxErrorLength. Returns its
/// length. `mismatch` is looked at for UpdateError::Md5 alone.
size_t describe(UpdateError error, const Md5Mismatch& mismatch, char* text);

/// Writes `ERROR[n]: text\n`; `text` holds kMaxErrorLength. Returns its length.
size_t report(UpdateError error, const Md5Mismatch& mismatch, char* text);

}  // namespace otatool::firmware
