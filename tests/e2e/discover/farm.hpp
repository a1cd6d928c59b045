// The mdns_farm program as a child, at a port of its own: tests see only their own devices,
// without privilege or namespace.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace otatool::test {

/// A UDP port that nobody on this host uses.
[[nodiscard]] std::uint16_t free_udp_port();

class Farm {
 public:
  /// Arguments of mdns_farm, without the port.
  explicit Farm(std::uint16_t port, std::vector<std::string> arguments);
  /// Gives it a line of its stdin, and waits until it is done.
  void obey(const std::string& line);

 private:
  Process process_;
};

/// `otatool discover` on loopback at this port.
[[nodiscard]] ProgramCall discover(std::uint16_t port, std::vector<std::string> arguments = {});
/// The devices that `discover --json` lists.
[[nodiscard]] std::vector<nlohmann::json> discovered(std::uint16_t port,
                                                     std::vector<std::string> arguments = {});
[[nodiscard]] std::vector<std::string> names_of(const std::vector<nlohmann::json>& devices);

}  // namespace otatool::test
