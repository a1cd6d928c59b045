// Parses IP addresses, without sockets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace otatool::doctor {

/// The bytes in network order. An IPv4 address has the first four; the others are 0.
using IpAddress = std::array<std::uint8_t, 16>;

/// `192.0.2.7`, `fe80::1`. Nothing for other text, also for an IPv6 address with an IPv4 part.
[[nodiscard]] std::optional<IpAddress> parse_ip_address(std::string_view text);

}  // namespace otatool::doctor
