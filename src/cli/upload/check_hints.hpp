// Hints for an image that a check refuses: what to upload instead, then how to override the check
// and what that risks. Looks for a signed file beside the image; reads no file.
#pragma once

#include <span>
#include <string>

#include "otatool/image/upload_check.hpp"

#include "app/release/signed_file.hpp"

namespace otatool::cli {

/// A hint for the problems of the image at `path`, of which the first one is the gravest; not
/// empty.
[[nodiscard]] std::string problem_hint(const std::string& path,
                                       std::span<const image::UploadProblem> problems);

/// The same for an error that ends in the name of its check in brackets; empty for other errors.
[[nodiscard]] std::string named_check_hint(const Error& error);

/// The warning that the image at `path` is sent because `signed_file` is of an older build: when
/// each of them was changed, and how to sign the image.
[[nodiscard]] std::string older_build_warning(const std::string& path,
                                              const app::SignedFile& signed_file);

}  // namespace otatool::cli
