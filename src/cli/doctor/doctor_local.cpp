#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/doctor/doctor_findings.hpp"

namespace otatool::cli {
namespace {

using doctor::Container;
using doctor::Echo;
using doctor::InterfaceFacts;
using doctor::LocalFacts;
using doctor::PortOwner;
using doctor::Surroundings;

bool reaches_a_network(const InterfaceFacts& interface) {
  return interface.up && !interface.loopback && !interface.addresses.empty();
}

Finding examine_interfaces(const LocalFacts& facts) {
  Finding finding{.check = "interfaces", .tested = "interfaces that are up"};
  std::vector<std::string> usable;
  std::vector<std::string> others;
  for (const InterfaceFacts& interface : facts.interfaces) {
    if (!reaches_a_network(interface)) {
      continue;
    }
    const bool devices_there = interface.multicast && !interface.point_to_point;
    (devices_there ? usable : others)
        .push_back(fmt::format("{} {}", interface.name, fmt::join(interface.addresses, " ")));
  }
  if (usable.empty() && others.empty()) {
    finding.verdict = Verdict::Warning;
    finding.result = "only loopback: no device but those on this computer can be reached";
    finding.advice = "connect to the network of the devices";
    return finding;
  }
  finding.result = fmt::format("{}", fmt::join(usable, ", "));
  if (!others.empty()) {
    finding.verdict = usable.empty() ? Verdict::Warning : Verdict::Note;
    finding.result +=
        fmt::format("{}without multicast: {}", usable.empty() ? "" : "; ", fmt::join(others, ", "));
    finding.advice = usable.empty()
                         ? "name devices by address; a VPN may have to be left to reach them"
                         : "a VPN may take the way to the devices: see with the address of one";
  }
  return finding;
}

/// What an interface's echoes say of the way in.
Finding examine_firewall(const InterfaceFacts& interface) {
  Finding finding{.check = "firewall",
                  .tested = fmt::format("packets that come in through {}", interface.name)};
  if (interface.mdns_echo == Echo::Heard && interface.other_echo == Echo::Heard) {
    finding.result = "let in, at the port of mDNS and at others";
    return finding;
  }
  finding.verdict = Verdict::Warning;
  if (interface.mdns_echo == Echo::Heard) {
    finding.result =
        "a firewall lets mDNS in and drops the rest: devices are found, but cannot "
        "connect back";
    finding.advice = "open a TCP port in the firewall and upload with --host-port";
  } else if (interface.other_echo == Echo::Heard) {
    finding.result = "a firewall drops mDNS: devices are not found by name";
    finding.advice = "open UDP port 5353 for 224.0.0.251, or name devices by address";
  } else {
    finding.result = "a firewall drops them, or multicast is not possible there";
    finding.advice =
        "open UDP port 5353 for 224.0.0.251, and a TCP port to upload with --host-port";
  }
  return finding;
}

bool was_tested(const InterfaceFacts& interface) {
  return interface.mdns_echo != Echo::NotTried && interface.other_echo != Echo::NotTried;
}

std::string_view why_not_tested(const InterfaceFacts& interface) {
  if (!interface.multicast) {
    return "not tested: the test needs multicast, which is not possible there";
  }
  const bool has_ipv4 = interface.addresses.front().find(':') == std::string::npos;
  return has_ipv4 ? "not tested: no socket could be opened for it"
                  : "not tested: the test is one of IPv4, and no address there is";
}

/// One finding for all interfaces of a reason: containers bring many.
std::vector<Finding> name_untested(const LocalFacts& facts) {
  std::vector<Finding> findings;
  for (const InterfaceFacts& interface : facts.interfaces) {
    if (!reaches_a_network(interface) || was_tested(interface)) {
      continue;
    }
    const std::string_view why = why_not_tested(interface);
    const auto same = std::ranges::find(findings, why, &Finding::result);
    if (same != findings.end()) {
      same->tested += ", " + interface.name;
    } else {
      findings.push_back({.check = "firewall",
                          .verdict = Verdict::Note,
                          .tested = "packets that come in through " + interface.name,
                          .result = std::string(why)});
    }
  }
  return findings;
}

std::string name_of(const PortOwner& owner) {
  return owner.program.empty() ? fmt::format("a program of user {}", owner.uid) : owner.program;
}

Finding examine_port(const LocalFacts& facts) {
  Finding finding{.check = "mdns-port", .tested = fmt::format("UDP port {}", facts.mdns_port)};
  std::vector<std::string> owners;
  for (const PortOwner& owner : facts.mdns_owners) {
    if (std::ranges::find(owners, name_of(owner)) == owners.end()) {
      owners.push_back(name_of(owner));
    }
  }
  const std::string who = owners.empty() ? "nobody" : fmt::format("{}", fmt::join(owners, ", "));
  if (facts.mdns_failure) {
    finding.verdict = Verdict::Warning;
    finding.result = fmt::format("{} has it and does not share: {}", who, *facts.mdns_failure);
    finding.advice = "stop that program, or name devices by address";
    return finding;
  }
  finding.result = owners.empty() ? "free" : fmt::format("shared with {}", who);
  return finding;
}

Finding examine_daemon(const LocalFacts& facts) {
  return {.check = "daemon",
          .verdict = Verdict::Ok,
          .tested = "avahi-daemon",
          .result = facts.avahi_daemon ? "runs; its answers are used beside those heard directly"
                                       : "does not run, and is not needed"};
}

std::string_view name_of(Container container) {
  constexpr std::array<std::string_view, 6> kNames = {
      "", "Docker", "Podman", "Kubernetes", "LXC", "a container"};
  return kNames[static_cast<std::size_t>(container)];
}

/// Docker's and Podman's own networks: whoever has such an address is behind their NAT.
bool has_bridge_address(const LocalFacts& facts) {
  return std::ranges::any_of(facts.interfaces, [](const InterfaceFacts& interface) {
    return reaches_a_network(interface) &&
           std::ranges::any_of(interface.addresses, [](const std::string& address) {
             return address.starts_with("172.17.") || address.starts_with("172.18.") ||
                    address.starts_with("10.88.");
           });
  });
}

Finding examine_surroundings(const LocalFacts& facts) {
  Finding finding{.check = "surroundings", .tested = "container, WSL", .result = "neither"};
  const Surroundings& surroundings = facts.surroundings;
  if (surroundings.container != Container::None) {
    finding.verdict = has_bridge_address(facts) ? Verdict::Warning : Verdict::Note;
    finding.result =
        fmt::format("{}{}",
                    name_of(surroundings.container),
                    finding.verdict == Verdict::Warning ? ", on a network of its own" : "");
    finding.advice =
        "multicast and connections from devices need the host's network (--network "
        "host); questions to an address get through without";
  } else if (surroundings.wsl) {
    finding.verdict = Verdict::Warning;
    finding.result = "WSL: behind the NAT of Windows unless its network is mirrored";
    finding.advice =
        "set networkingMode=mirrored in .wslconfig and open the port in the Windows firewall";
  }
  return finding;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kNames = {"ok", "note", "warning", "failed"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<Finding> examine_local(const doctor::LocalFacts& facts) {
  std::vector<Finding> findings{examine_interfaces(facts)};
  for (const InterfaceFacts& interface : facts.interfaces) {
    if (reaches_a_network(interface) && was_tested(interface)) {
      findings.push_back(examine_firewall(interface));
    }
  }
  std::ranges::move(name_untested(facts), std::back_inserter(findings));
  findings.push_back(examine_port(facts));
  findings.push_back(examine_daemon(facts));
  findings.push_back(examine_surroundings(facts));
  return findings;
}

}  // namespace otatool::cli
