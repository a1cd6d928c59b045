// Reads what a Tasmota device reports about itself (field-firmwares.md 2, 3).
#pragma once

#include <optional>
#include <string_view>

#include "otatool/http/family.hpp"

namespace otatool::http {

inline constexpr std::string_view kTasmotaVersionTarget = "/cm?cmnd=Status%202";
inline constexpr std::string_view kTasmotaUptimeTarget = "/cm?cmnd=Status%201";
inline constexpr std::string_view kTasmotaFlashTarget = "/cm?cmnd=Status%204";

/// The answer to `Status 2`, also without the password. The field `Server` proves the family:
/// OpenBeken sends the same JSON without it.
[[nodiscard]] std::optional<DeviceIdentity> read_tasmota_version(const DeviceAnswer& answer);
/// The answer to `Status 1`: uptime and number of starts.
[[nodiscard]] std::optional<DeviceIdentity> read_tasmota_uptime(const DeviceAnswer& answer);
/// The answer to `Status 4`: the size of the flash.
[[nodiscard]] std::optional<DeviceIdentity> read_tasmota_flash(const DeviceAnswer& answer);

}  // namespace otatool::http
