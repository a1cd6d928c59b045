// The header of a patch, checked. No IO.
#pragma once

#include <string>

#include "otatool/delta/patch.hpp"
#include "otatool/wire/delta_patch.hpp"

namespace otatool::delta {

/// MD5 of all bytes of a patch but the 16 of the MD5 itself, as lower-case hex digits. The patch
/// has at least a header.
[[nodiscard]] std::string patch_md5(Bytes patch, const Digests& digests);

/// The header of a patch whose MD5 is right. BrokenPatch.
[[nodiscard]] Result<wire::DeltaHeader> read_header(Bytes patch, const Digests& digests);

}  // namespace otatool::delta
