// The two messages that continue a broken transfer: the device's offer after `OK`, and the line
// with which the host begins its TCP stream. Only the receiver of firmware/ sends the offer.
// Freestanding C++17, no heap. Spec: espota.md 1.8.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "otatool/wire/espota.hpp"

namespace otatool::wire {

/// `KEPT <bytes> <md5>\n`: the device still has the first bytes of the image that was announced.
struct Kept {
  uint32_t bytes;           ///< at least 1, less than the image
  char md5[kMd5HexLength];  ///< of these bytes; lower-case hex, not terminated
};
constexpr char kKeptPrefix[] = "KEPT ";
/// No application image and no package begins like this.
constexpr char kResumePrefix[] = "RESUME ";
constexpr size_t kMaxKeptLength = 5 + 10 + 1 + kMd5HexLength + 1;
/// `RESUME <bytes>\n`
constexpr size_t kMaxResumeLength = 7 + 10 + 1;

/// Reads an offer. False for anything else, a number above 32 bits, or 0 bytes.
inline bool parse_kept(const char* text, size_t length, Kept& out) {
  constexpr size_t kPrefixLength = sizeof(kKeptPrefix) - 1;
  if (length < kPrefixLength || memcmp(text, kKeptPrefix, kPrefixLength) != 0) {
    return false;
  }
  detail::Reader reader(text + kPrefixLength, length - kPrefixLength);
  const char* md5 = nullptr;
  if (!reader.number(0xFFFFFFFF, out.bytes) || out.bytes == 0 || !reader.space() ||
      reader.word(md5) != kMd5HexLength || !reader.at_line_end()) {
    return false;
  }
  memcpy(out.md5, md5, kMd5HexLength);
  return true;
}

/// Writes an offer, line end included; `buffer` holds kMaxKeptLength. Returns its length.
inline size_t format_kept(const Kept& kept, char* buffer) {
  return detail::Writer(buffer)
      .text(kKeptPrefix, sizeof(kKeptPrefix) - 1)
      .number(kept.bytes)
      .character(' ')
      .text(kept.md5, kMd5HexLength)
      .character('\n')
      .length();
}

/// Writes the line that accepts an offer of `bytes`, line end included; `buffer` holds
/// kMaxResumeLength. Returns its length.
inline size_t format_resume(uint32_t bytes, char* buffer) {
  return detail::Writer(buffer)
      .text(kResumePrefix, sizeof(kResumePrefix) - 1)
      .number(bytes)
      .character('\n')
      .length();
}

}  // namespace otatool::wire
