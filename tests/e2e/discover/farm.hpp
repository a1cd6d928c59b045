// The mdns_farm program as a child process, on its own UDP port: each test sees only its own
// devices, and needs neither privileges nor namespaces.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace otatool::test {

/// A UDP port that no socket on this host uses.
[[nodiscard]] std::uint16_t free_udp_port();

class Farm {
 public:
  /// Arguments of mdns_farm, without the port.
  explicit Farm(std::uint16_t port, std::vector<std::string> arguments);
  /// Writes a line to its stdin and waits until the program has carried it out.
  void obey(const std::string& line);

 private:
  Process process_;
};

/// `otatool discover` on loopback and this port.
[[nodiscard]] ProgramCall discover(std::uint16_t port, std::vector<std::string> arguments = {});
/// Options of a search that ends with the first `count` devices, however long they take.
[[nodiscard]] std::vector<std::string> first(int count, std::vector<std::string> more = {});
/// The devices that `discover --json` lists.
[[nodiscard]] std::vector<nlohmann::json> discovered(std::uint16_t port,
                                                     std::vector<std::string> arguments = {});
[[nodiscard]] std::vector<std::string> names_of(const std::vector<nlohmann::json>& devices);

}  // namespace otatool::test
