// Where the update server answers for itself, without the leading `/`: neither files nor rules can
// be found there.
#pragma once

#include <string_view>

namespace otatool::http {

inline constexpr std::string_view kHealth = "healthz";
inline constexpr std::string_view kMetrics = "metrics";
inline constexpr std::string_view kStatus = "status";
inline constexpr std::string_view kStatusJson = "status.json";

/// One that tells how the server does.
[[nodiscard]] constexpr bool is_report(std::string_view path) {
  return path == kMetrics || path == kStatus || path == kStatusJson;
}

[[nodiscard]] constexpr bool is_own_path(std::string_view path) {
  return path == kHealth || is_report(path);
}

}  // namespace otatool::http
