// A real avahi-daemon with its own D-Bus (discovery.md 3.7). Requires enter_own_system(): there is
// one daemon for each /run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

class AvahiDaemon {
 public:
  /// Waits until the daemon answers. Throws if it does not, or if a program is missing.
  AvahiDaemon();

  /// A call of one of Avahi's client programs, connected to this daemon.
  [[nodiscard]] ProgramCall call(const std::string& program,
                                 std::vector<std::string> arguments) const;
  /// Value of DBUS_SYSTEM_BUS_ADDRESS for clients of this daemon.
  [[nodiscard]] const std::string& bus_address() const { return bus_address_; }

 private:
  TemporaryFolder folder_;
  std::string bus_address_;
  std::unique_ptr<Process> bus_;
  std::unique_ptr<Process> daemon_;
};

}  // namespace otatool::test
