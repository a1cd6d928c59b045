// Conditional and range requests (RFC 9110 13 and 14): which part of a file a request gets. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "otatool/http/header_field.hpp"

namespace otatool::http {

struct Representation {
  std::string etag;           ///< strong, with its quotes
  std::int64_t modified = 0;  ///< seconds since 1970
  std::uint64_t size_bytes = 0;
};

/// The part of the file to send, in bytes; `length` is 0 with 304, 412 and 416.
struct Selection {
  unsigned status = 200;  ///< 200, 206, 304, 412 or 416
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

/// Evaluates the preconditions in the order of RFC 9110 13.2.2, then the range. A request for
/// several ranges gets the whole file, as 14.2 allows. HEAD (`is_get` false) ignores ranges.
[[nodiscard]] Selection select(std::span<const HeaderField> fields,
                               bool is_get,
                               const Representation& file);

}  // namespace otatool::http
