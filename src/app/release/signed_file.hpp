// Finds the signed file beside an image, which espota.py and otatool send instead of the image.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace otatool::app {

/// The file IMAGE.signed.
struct SignedFile {
  std::string path;
  /// True if it is older than the image and does not begin with the bytes of the image, as after a
  /// build that was not signed. The times alone do not tell: a copy can have any.
  bool of_older_build = false;
  std::chrono::system_clock::time_point written;        ///< when the signed file was changed last
  std::chrono::system_clock::time_point image_written;  ///< when the image was changed last
};

/// The signed file beside `image`. Nothing if one of the two is not a regular file.
[[nodiscard]] std::optional<SignedFile> signed_file_beside(const std::string& image);

}  // namespace otatool::app
