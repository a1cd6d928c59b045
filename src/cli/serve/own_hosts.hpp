// Names and addresses of this computer.
#pragma once

#include <string>
#include <vector>

namespace otatool::cli {

struct OwnAddress {
  std::string text;  ///< an IPv4 literal
  bool loopback = false;
};
/// The IPv4 addresses of all interfaces that are up.
[[nodiscard]] std::vector<OwnAddress> own_addresses();

/// The host name; without a domain, also with `.local`. Empty if the system has no name.
[[nodiscard]] std::vector<std::string> own_names();

}  // namespace otatool::cli
