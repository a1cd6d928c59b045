// Paths of the update server itself, without the leading `/`. No file and no rule has one of them.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace otatool::http {

inline constexpr std::string_view kHealth = "healthz";
inline constexpr std::string_view kReady = "readyz";
inline constexpr std::string_view kMetrics = "metrics";
inline constexpr std::string_view kStatus = "status";
inline constexpr std::string_view kStatusJson = "status.json";
inline constexpr std::string_view kStatusCsv = "status.csv";
inline constexpr std::string_view kStatusStyle = "status.css";
inline constexpr std::string_view kStatusScript = "status.js";
inline constexpr std::string_view kStatusDevice = "status/device";
inline constexpr std::string_view kStatusEvents = "status/events";
inline constexpr std::string_view kAdmin = "admin";
inline constexpr std::string_view kAdminEvents = "admin/events";
inline constexpr std::string_view kAdminRollout = "admin/rollout";

inline constexpr std::array kReports = {kMetrics,
                                        kStatus,
                                        kStatusJson,
                                        kStatusCsv,
                                        kStatusStyle,
                                        kStatusScript,
                                        kStatusDevice,
                                        kStatusEvents};

/// Whether everybody may ask for `path`, also without a login.
[[nodiscard]] constexpr bool is_probe(std::string_view path) {
  return path == kHealth || path == kReady;
}

/// Whether `path` is one of the server's reports.
[[nodiscard]] constexpr bool is_report(std::string_view path) {
  return std::ranges::find(kReports, path) != kReports.end();
}

/// Whether `path` is for administrators.
[[nodiscard]] constexpr bool is_for_admins(std::string_view path) {
  return path == kAdmin || path == kAdminEvents || path == kAdminRollout;
}

[[nodiscard]] constexpr bool is_own_path(std::string_view path) {
  return is_probe(path) || is_report(path) || is_for_admins(path);
}

}  // namespace otatool::http
