// The file that will be uploaded, read as a whole and looked at before anything is sent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"
#include "otatool/wire/espota.hpp"

namespace otatool::cli {

/// The bytes of `path` (`-`: stdin). FileUnreadable when they cannot be read; NotAnImage when it is
/// empty or, for the flash, begins with neither 0xE9 nor a gzip header: a device finds that out
/// only after the whole transfer (espota.md 1.4).
[[nodiscard]] Result<std::vector<std::uint8_t>> read_upload_image(const std::string& path,
                                                                  wire::Command command);

}  // namespace otatool::cli
