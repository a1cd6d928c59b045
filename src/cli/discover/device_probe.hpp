// Asks the web servers of the devices that a search has found, or has not.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "otatool/http/family.hpp"
#include "otatool/mdns/device.hpp"

#include "cli/frame/command.hpp"

namespace otatool::cli {

inline constexpr Option kProbeOption = {
    .name = "probe",
    .help = "ask web servers what they run: those of devices found, and of given addresses"};

using Identities = std::vector<std::optional<http::DeviceIdentity>>;

/// What the web servers of `devices` report, in their order: of those that announce one, or no way
/// to take an update. Adds a device for each of `addresses` that no device has and whose web server
/// belongs to a family.
[[nodiscard]] Identities probe_devices(std::span<const std::string> addresses,
                                       std::vector<mdns::Device>& devices);

}  // namespace otatool::cli
