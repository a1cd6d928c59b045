// A network with a device, and the route of a VPN that covers the device's address.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/own_network.hpp"
#include "tests/support/process.hpp"

namespace otatool::test {

/// The computer of the device, 10.9.0.2, is on the interface `lan` (10.9.0.1). The route to it goes
/// to the interface `vpn` (10.7.0.1), where nobody answers.
class VpnNetwork {
 public:
  /// Moves the process into the network. Returns the reason if that is not permitted.
  [[nodiscard]] std::optional<std::string> enter() {
    if (auto reason = enter_own_network()) {
      return reason;
    }
    ProgramCall other{.program = "/usr/bin/unshare"};
    other.arguments = {"-n", "sh", "-c", "echo here; read end"};
    computer_ = std::make_unique<Process>(other);
    if (computer_->read_line() != "here") {
      return "no second network namespace";
    }
    const std::string process = std::to_string(computer_->pid());
    const Outcome links = run_there(
        "ip link add lan type veth peer name lan-peer netns " + process +
        "; ip address add 10.9.0.1/24 dev lan; ip link set lan up; nsenter -n -t " + process +
        " sh -ec 'ip address add 10.9.0.2/24 dev lan-peer; ip link set lan-peer up'\n"
        "ip link add vpn type veth peer name vpn-peer; ip link set vpn-peer up\n"
        "ip address add 10.7.0.1/24 dev vpn; ip link set vpn up\n"
        "ip route add 10.9.0.2/32 dev vpn\n");
    return links.exit_code == 0 ? std::nullopt : std::optional(links.error);
  }

  /// The same call on the computer of the device.
  [[nodiscard]] ProgramCall on_device(ProgramCall call) const {
    std::vector<std::string> words{"-n", "-t", std::to_string(computer_->pid()), call.program};
    words.insert(words.end(), call.arguments.begin(), call.arguments.end());
    call.program = "/usr/bin/nsenter";
    call.arguments = std::move(words);
    return call;
  }

 private:
  std::unique_ptr<Process> computer_;
};

}  // namespace otatool::test
