// Images of the RP2040, which begin with the second stage of its boot loader.
#pragma once

#include "otatool/bytes.hpp"

namespace otatool::image {

/// Whether `file` begins with 252 bytes of boot code and their CRC, which the boot ROM checks
/// (signing-gzip-images.md 1.9).
[[nodiscard]] bool looks_like_rp2040(Bytes file);

}  // namespace otatool::image
