// Paths below the served folder as text. Nothing is looked up: whether a link leads elsewhere is
// for whoever opens the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace otatool::http {

/// One or more plain names joined by `/`: none empty, none beginning with a dot (which excludes
/// `.`,
/// `..` and hidden files), without control characters and backslashes.
[[nodiscard]] bool is_plain_file_path(std::string_view path);

struct Target {
  std::string path;   ///< decoded, without the leading `/`; empty for the root
  std::string query;  ///< as it was sent, without the `?`
};

/// The path and query of a request target, in origin or absolute form (RFC 9112 3.2). Nothing
/// unless the decoded path is empty or plain.
[[nodiscard]] std::optional<Target> read_target(std::string_view target);

/// The decoded value of a name in a query (`a=1&b=2`); empty if it is not there or not sound.
[[nodiscard]] std::string query_value(std::string_view query, std::string_view name);

}  // namespace otatool::http
