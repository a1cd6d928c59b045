// Found devices as text and as JSON.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "otatool/mdns/browse.hpp"

#include "cli/discover/device_probe.hpp"

namespace otatool::cli {

/// One device (man page otatool-discover, section OUTPUT); `identity`: what its web server reports.
[[nodiscard]] nlohmann::json device_json(
    const mdns::Device& device, const std::optional<http::DeviceIdentity>& identity = std::nullopt);

/// The lines of a table (io/text_layout.hpp) that fits in `width` cells; none without devices.
/// `identities`: what their web servers report, in their order; may be empty.
[[nodiscard]] std::vector<std::string> device_table(std::span<const mdns::Device> devices,
                                                    std::size_t width,
                                                    const Identities& identities = {});

/// For example `found   kitchen 192.168.1.7 port 8266 (espota, d1_mini)`, for `--watch`.
[[nodiscard]] std::string device_line(std::string_view event, const mdns::Device& device);

/// `eth0 IPv4 192.168.1.2: 14 sent, 9 received, 0 dropped`
[[nodiscard]] std::string link_line(const mdns::LinkReport& link);

}  // namespace otatool::cli
