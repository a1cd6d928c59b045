// Reading ELF files and writing the image in one piece or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::elf2image {

/// Reads a whole file of at most 64 MiB. Fails with FileUnreadable.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_file(const std::string& path);

/// Writes beside `path` and renames, so that `path` is never seen half-written; leaves nothing
/// behind on failure. Fails with OutputFailed.
[[nodiscard]] Result<void> write_file(const std::string& path, Bytes content);

}  // namespace otatool::elf2image
