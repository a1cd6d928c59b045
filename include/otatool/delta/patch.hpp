// Difference updates: makes a patch from an old and a new image, and applies it. The same images
// give the same patch with the same zlib. Pure functions over bytes: no files, no clock.
// Spec: delta.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::delta {

/// Hashes as lower-case hex digits; this room has no cryptography of its own.
struct Digests {
  std::string (*sha256_hex)(Bytes);
  std::string (*md5_hex)(Bytes);
};

/// The header of a patch. Sizes in bytes, hashes as lower-case hex digits.
struct Facts {
  std::uint32_t old_size = 0;
  std::uint32_t new_size = 0;
  std::string old_sha256;
  std::string new_sha256;
};

/// True if the file begins with the magic number of a patch.
[[nodiscard]] bool is_patch(Bytes file);

/// The patch that makes `new_image` from `old_image`. NotAnImage if one is empty, DoesNotFit if one
/// has more than wire::kDeltaLargestImage bytes. Memory: about five bytes for each byte of the old
/// image, and three for each of the new one.
[[nodiscard]] Result<std::vector<std::uint8_t>> make(Bytes old_image,
                                                     Bytes new_image,
                                                     const Digests& digests);

/// Reads the header and checks the MD5 of the patch. BrokenPatch.
[[nodiscard]] Result<Facts> read_facts(Bytes patch, const Digests& digests);

/// The new image. The patch reads the first Facts::old_size bytes of `old_image`; a signature may
/// follow them. OtherImage if these bytes are not the image that it was made for, BrokenPatch
/// if anything in the patch is wrong; its claims never decide how much memory is allocated beyond
/// wire::kDeltaLargestImage.
[[nodiscard]] Result<std::vector<std::uint8_t>> apply(Bytes old_image,
                                                      Bytes patch,
                                                      const Digests& digests);

}  // namespace otatool::delta
