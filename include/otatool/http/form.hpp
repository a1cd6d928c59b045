// The body that uploads one file: multipart/form-data in the form that ESP8266WebServer and related
// parsers accept (espota.md 5.1, 5.2), or the file alone. Only the text around the image; the image
// is not copied.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::http {

/// Number of random bytes in a boundary.
inline constexpr std::size_t kBoundarySeed = 16;

/// A field of a form besides the file.
struct TextPart {
  std::string name;
  std::string value;
  friend bool operator==(const TextPart&, const TextPart&) = default;
};

/// What the body of an upload consists of.
struct FormContent {
  bool raw = false;                  ///< the file alone; the rest is not used
  std::vector<TextPart> parts = {};  ///< before the file, because devices read the parts in order
  std::string field;                 ///< `firmware` or `filesystem` for stock devices
  std::string file_name;
};

/// The text before and after the image in the request body.
struct Form {
  std::string content_type;  ///< header value; its only parameter is a boundary
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

/// The parsers of devices go by position, so Content-Disposition comes first and its values are
/// quoted. Stock devices treat any field except `filesystem` as firmware.
[[nodiscard]] Form make_form(const FormContent& content, std::string_view boundary);

/// The last part of a path, with every character except letters, digits, `.`, `-` and `_` replaced
/// by
/// `_`. Never empty, at most 60 bytes.
[[nodiscard]] std::string form_file_name(std::string_view path);

}  // namespace otatool::http
