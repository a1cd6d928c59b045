// The web form of a device as a browser sends it: multipart/form-data with one file, shaped for the
// parsers of ESP8266WebServer and its kin (espota.md 5.1, 5.2). Text around the image, which itself
// is never copied. No sockets, no random source.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "otatool/bytes.hpp"

namespace otatool::http {

/// Random bytes that make a boundary.
inline constexpr std::size_t kBoundarySeed = 16;

/// What stands around the image in the body of the request.
struct Form {
  std::string content_type;  ///< value of the header, with the boundary as its only parameter
  std::string head;          ///< from the first boundary to the empty line before the image
  std::string tail;          ///< the boundary that closes

  /// The value of Content-Length.
  [[nodiscard]] std::uint64_t size(std::uint64_t image_size) const {
    return head.size() + image_size + tail.size();
  }
};

/// A boundary of those random bytes.
[[nodiscard]] std::string boundary_from(std::span<const std::uint8_t, kBoundarySeed> seed);
/// Whether the boundary could be found inside the image; then another seed is needed.
[[nodiscard]] bool occurs_in(std::string_view boundary, Bytes image);

/// `field` is `firmware` or `filesystem`; any other name is taken for firmware by stock devices.
/// Content-Disposition comes first and its values are quoted, as those parsers go by position.
[[nodiscard]] Form make_form(std::string_view field,
                             std::string_view file_name,
                             std::string_view boundary);

/// The last part of a path as a name that every parser reads back: other characters than letters,
/// digits, `.`, `-` and `_` become `_`. Never empty, at most 60 bytes.
[[nodiscard]] std::string form_file_name(std::string_view path);

}  // namespace otatool::http
