// Whether an image fits the staging area of a device's web form, which is not where espota stages:
// right above the running sketch, one sector further up (signing-gzip-images.md 2.4).
#pragma once

#include <optional>

#include "otatool/image/upload_check.hpp"

#include "app/examined_file.hpp"
#include "cli/upload/upload_image.hpp"

namespace otatool::cli {

/// What speaks against sending the file through the form of an ESP8266, beyond what is checked for
/// every upload. Nothing for files for other places and chips, or if the check is overridden.
[[nodiscard]] std::optional<image::Refusal> form_space_refusal(const app::ExaminedFile& file,
                                                               const UploadWishes& wishes);

/// Whether the file is a package about which that cannot be said, as the running sketch is unknown.
[[nodiscard]] bool form_space_is_unknown(const app::ExaminedFile& file, const UploadWishes& wishes);

}  // namespace otatool::cli
