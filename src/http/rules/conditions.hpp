// Conditional and partial requests (RFC 9110 13 and 14): from the fields of a request and what is
// known of a file to what has to be sent of it. Pure.
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

/// What to send. `first` and `length` are bytes of the file; length 0 with 304, 412 and 416.
struct Selection {
  unsigned status = 200;  ///< 200, 206, 304, 412 or 416
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

/// Judges the preconditions in the order of RFC 9110 13.2.2, then the range. Several ranges in one
/// request are answered with the whole file, as 14.2 allows. `is_get`: HEAD ignores ranges.
[[nodiscard]] Selection select(std::span<const HeaderField> fields,
                               bool is_get,
                               const Representation& file);

}  // namespace otatool::http
