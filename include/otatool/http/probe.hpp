// Asks many hosts by harmless look-ups which firmware their web servers belong to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "otatool/http/family.hpp"

namespace otatool::http {

struct WebHost {
  std::string address;  ///< an IP literal
  std::uint16_t port = 80;
};

/// What each host is, in their order; nothing for one that no family answers for. Sends no password
/// and changes nothing. A host takes 2 s at most, `jobs` are asked at a time. Ends early at SIGINT.
[[nodiscard]] std::vector<std::optional<DeviceIdentity>> recognise_hosts(
    std::span<const WebHost> hosts, std::size_t jobs);

}  // namespace otatool::http
