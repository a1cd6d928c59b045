// Checks of a request head before its meaning (RFC 9112 2.2, 3). Pure functions over text.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "otatool/http/header_field.hpp"
#include "otatool/http/operations.hpp"

namespace otatool::http {

/// Bytes of empty lines before the request line; a server ignores them (RFC 9112 2.2).
[[nodiscard]] std::size_t leading_line_ends(std::string_view input);

enum class RequestLine {
  Incomplete,  ///< no line end yet
  Valid,       ///< a line that ends with an HTTP version
  Malformed,
  TooLong,  ///< more than `longest` bytes, complete or not
};
[[nodiscard]] RequestLine check_request_line(std::string_view input, std::size_t longest);

/// Whether the Host fields are as RFC 9112 3.2 requires: one valid value; none only before
/// HTTP/1.1.
[[nodiscard]] bool has_valid_host(std::span<const HeaderField> fields, bool http11);

/// Whether it is certain where the body ends (RFC 9112 6.1, 6.3): there is no Transfer-Encoding, or
/// it is `chunked` alone, in HTTP/1.1 and without a Content-Length.
[[nodiscard]] bool has_certain_length(std::span<const HeaderField> fields, bool http11);

/// What logs of other servers show of a request. `version`: 11 for HTTP/1.1.
[[nodiscard]] RequestTexts request_texts(const Request& request, unsigned version);

/// Whether RFC 9110 9.3 or RFC 5789 defines the method.
[[nodiscard]] bool is_known_method(std::string_view method);

}  // namespace otatool::http
