// Discovered devices as people and as programs read them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "otatool/mdns/browse.hpp"

namespace otatool::cli {

/// One device of cli.md, JSON, pinned.
[[nodiscard]] nlohmann::json device_json(const mdns::Device& device);

/// Lines of a table with a heading, columns as wide as they need to be; none for no devices.
[[nodiscard]] std::vector<std::string> device_table(std::span<const mdns::Device> devices);

/// `found kitchen 192.168.1.7:8266 (espota, d1_mini)` and the like, for `--watch`.
[[nodiscard]] std::string device_line(std::string_view event, const mdns::Device& device);

/// `eth0 IPv4 192.168.1.2: 14 sent, 9 received, 0 dropped`
[[nodiscard]] std::string link_line(const mdns::LinkReport& link);

}  // namespace otatool::cli
