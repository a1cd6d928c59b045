#include "tests/support/avahi.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <stdexcept>

namespace otatool::test {
namespace {

constexpr std::string_view kBusConfiguration = R"(<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=@bus@</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/>
</policy></busconfig>
)";

constexpr std::string_view kDaemonConfiguration = R"([server]
host-name=ci
use-ipv6=no
allow-interfaces=lo
enable-dbus=yes
ratelimit-interval-usec=0
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
)";

std::optional<std::string> find_program(const std::string& name) {
  for (const char* const folder : {"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"}) {
    if (std::filesystem::exists(folder + name)) {
      return folder + name;
    }
  }
  return std::nullopt;
}

}  // namespace

AvahiDaemon::AvahiDaemon() {
  for (const char* const name : {"dbus-daemon", "avahi-daemon", "avahi-browse"}) {
    if (!find_program(name)) {
      throw std::runtime_error(std::string("no ") + name + ": scripts/install-deps installs it");
    }
  }
  const std::string socket = (folder_ / "bus").string();
  bus_address_ = "unix:path=" + socket;
  std::string configuration(kBusConfiguration);
  configuration.replace(configuration.find("@bus@"), 5, socket);
  const std::string bus_file = folder_.write("system.conf", configuration);
  const std::string daemon_file = folder_.write("avahi.conf", kDaemonConfiguration);
  std::filesystem::create_directories("/run/avahi-daemon");

  ProgramCall bus{.program = *find_program("dbus-daemon")};
  bus.arguments = {
      "--config-file=" + bus_file, "--nofork", "--nopidfile", "--nosyslog", "--print-address"};
  bus_ = std::make_unique<Process>(bus);
  if (!bus_->read_line()) {
    throw std::runtime_error("dbus-daemon does not start: " + bus_->wait().error);
  }
  daemon_ = std::make_unique<Process>(call(
      "avahi-daemon",
      {"-f", daemon_file, "--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title"}));
  if (!daemon_->wait_for_error("Server startup complete")) {
    throw std::runtime_error("avahi-daemon does not start: " + daemon_->wait().error);
  }
}

ProgramCall AvahiDaemon::call(const std::string& program,
                              std::vector<std::string> arguments) const {
  ProgramCall call{.program = find_program(program).value_or(program)};
  call.arguments = std::move(arguments);
  call.environment["DBUS_SYSTEM_BUS_ADDRESS"] = bus_address_;
  return call;
}

}  // namespace otatool::test
