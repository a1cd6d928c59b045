// Paths of the update server itself, without the leading `/`. No file and no rule has one of them.
#pragma once

#include <string_view>

namespace otatool::http {

inline constexpr std::string_view kHealth = "healthz";
inline constexpr std::string_view kMetrics = "metrics";
inline constexpr std::string_view kStatus = "status";
inline constexpr std::string_view kStatusJson = "status.json";

/// Whether `path` is one of the server's reports.
[[nodiscard]] constexpr bool is_report(std::string_view path) {
  return path == kMetrics || path == kStatus || path == kStatusJson;
}

[[nodiscard]] constexpr bool is_own_path(std::string_view path) {
  return path == kHealth || is_report(path);
}

}  // namespace otatool::http
