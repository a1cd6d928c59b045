// Patches for the fuzz targets of both readers: the input is the part behind a header whose sums
// are right, because all hashes are zeros here.
#pragma once

#include <string>
#include <vector>

#include <zlib.h>

#include "otatool/delta/patch.hpp"
#include "otatool/wire/delta_patch.hpp"

namespace otatool::fuzz {

inline constexpr std::uint32_t kDeltaOldSize = 1000;

inline const delta::Digests kZeroDigests{
    [](Bytes) { return std::string(2 * wire::kSha256Size, '0'); },
    [](Bytes) { return std::string(2 * wire::kDeltaMd5Size, '0'); }};

/// A gzip member of one stored block.
inline std::vector<std::uint8_t> stored_member(Bytes content) {
  const auto size = static_cast<std::uint32_t>(content.size());
  std::vector<std::uint8_t> out = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1};
  const auto put = [&out](std::uint32_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
      out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  };
  put(size, 2);
  put(~size, 2);
  out.insert(out.end(), content.begin(), content.end());
  put(static_cast<std::uint32_t>(crc32(0, content.data(), size)), 4);
  put(size, 4);
  return out;
}

struct DeltaInput {
  std::uint32_t new_size;
  std::vector<std::uint8_t> patch;
};

/// The first byte of an input is the size of the new image, less 1. If the second one is odd, the
/// rest is a gzip member, else the instructions in it. `input` has 2 to 65535 bytes.
inline DeltaInput delta_input(Bytes input) {
  DeltaInput made{1U + input[0], std::vector<std::uint8_t>(wire::kDeltaHeaderSize)};
  wire::format_delta_header({kDeltaOldSize, made.new_size, {}, {}, {}}, made.patch.data());
  const Bytes rest = input.subspan(2);
  const std::vector<std::uint8_t> body =
      input[1] % 2 != 0 ? std::vector<std::uint8_t>(rest.begin(), rest.end()) : stored_member(rest);
  made.patch.insert(made.patch.end(), body.begin(), body.end());
  return made;
}

}  // namespace otatool::fuzz
