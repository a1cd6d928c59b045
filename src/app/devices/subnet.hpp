// Subnets in the form ADDRESS/BITS. No sockets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::app {

/// True for the form of a subnet, `192.168.1.0/24`, with any number of bits.
[[nodiscard]] bool is_subnet(std::string_view text);

/// The host addresses of an IPv4 subnet of at most 1024 addresses, without those of the network and
/// of broadcast. Usage for any other text.
[[nodiscard]] Result<std::vector<std::string>> hosts_of_subnet(std::string_view text);

}  // namespace otatool::app
