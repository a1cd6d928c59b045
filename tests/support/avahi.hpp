// A real avahi-daemon with a D-Bus of its own (discovery.md 3.7). To be started after
// enter_own_system(), since there is one daemon to a /run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

class AvahiDaemon {
 public:
  /// Waits until the daemon answers. Throws when it does not, or a program is missing.
  AvahiDaemon();

  /// A call of one of Avahi's programs that finds this daemon.
  [[nodiscard]] ProgramCall call(const std::string& program,
                                 std::vector<std::string> arguments) const;
  /// What other programs need in their environment to find it.
  [[nodiscard]] const std::string& bus_address() const { return bus_address_; }

 private:
  TemporaryFolder folder_;
  std::string bus_address_;
  std::unique_ptr<Process> bus_;
  std::unique_ptr<Process> daemon_;
};

}  // namespace otatool::test
