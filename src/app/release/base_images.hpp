// Finds the image that a device runs among those in a folder, and makes difference updates from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otatool/espota/upload.hpp"

#include "app/examined_file.hpp"

namespace otatool::app {

/// The first `size` bytes of the image in `folder` for which these have the SHA-256 `sha256`
/// (lower-case hex). A signature may follow them. Looks into packages, not into folders of the
/// folder.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> find_base_image(const std::string& folder,
                                                                       std::uint32_t size,
                                                                       const std::string& sha256);

/// Makes difference updates from the images in `folder` to `whole`, each once. Gives none that is
/// not smaller than `limit` bytes. `whole` must outlive it.
[[nodiscard]] espota::PatchFrom patches_from(std::string folder,
                                             const ExaminedFile& whole,
                                             std::size_t limit);

}  // namespace otatool::app
