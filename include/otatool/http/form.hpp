// The multipart/form-data body that uploads one file, in the form that ESP8266WebServer and related
// parsers accept (espota.md 5.1, 5.2). Only the text around the image; the image is not copied.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "otatool/bytes.hpp"

namespace otatool::http {

/// Number of random bytes in a boundary.
inline constexpr std::size_t kBoundarySeed = 16;

/// The text before and after the image in the request body.
struct Form {
  std::string content_type;  ///< header value; its only parameter is the boundary
  std::string head;          ///< from the first boundary to the empty line before the image
  std::string tail;          ///< the closing boundary

  /// The value of Content-Length.
  [[nodiscard]] std::uint64_t size(std::uint64_t image_size) const {
    return head.size() + image_size + tail.size();
  }
};

/// A boundary made of `seed`.
[[nodiscard]] std::string boundary_from(std::span<const std::uint8_t, kBoundarySeed> seed);
/// Whether the image contains the boundary; then use another seed.
[[nodiscard]] bool occurs_in(std::string_view boundary, Bytes image);

/// `field` is `firmware` or `filesystem`; stock devices treat any other name as firmware. Those
/// parsers go by position, so Content-Disposition comes first and its values are quoted.
[[nodiscard]] Form make_form(std::string_view field,
                             std::string_view file_name,
                             std::string_view boundary);

/// The last part of a path, with every character except letters, digits, `.`, `-` and `_` replaced
/// by
/// `_`. Never empty, at most 60 bytes.
[[nodiscard]] std::string form_file_name(std::string_view path);

}  // namespace otatool::http
