// Paths below the served folder as text. Does not access files; app::ServedFolder checks links.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace otatool::http {

/// Whether `path` is plain: names joined by `/`, none empty, none with a leading dot (so no `.`,
/// `..` and hidden files), no control characters, no backslashes.
[[nodiscard]] bool is_plain_file_path(std::string_view path);

struct Target {
  std::string path;   ///< decoded, without the leading `/`; empty for the root
  std::string query;  ///< as sent, without the `?`
};

/// Splits a request target in origin or absolute form (RFC 9112 3.2). Nothing unless the decoded
/// path is empty or plain.
[[nodiscard]] std::optional<Target> read_target(std::string_view target);

/// The decoded value of `name` in a query (`a=1&b=2`); empty if missing or invalid.
[[nodiscard]] std::string query_value(std::string_view query, std::string_view name);

}  // namespace otatool::http
