#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/doctor/findings.hpp"

#include "doctor/rule_findings.hpp"

namespace otatool::doctor {
namespace {

bool reaches_a_network(const InterfaceFacts& interface) {
  return interface.up && !interface.loopback && !interface.addresses.empty();
}

Finding interfaces_finding(const LocalFacts& facts) {
  Finding finding{.check = "interfaces", .tested = "active interfaces"};
  std::vector<std::string> usable;
  std::vector<std::string> others;
  for (const InterfaceFacts& interface : facts.interfaces) {
    if (!reaches_a_network(interface)) {
      continue;
    }
    const bool is_usable = interface.multicast && !interface.point_to_point;
    (is_usable ? usable : others)
        .push_back(fmt::format("{} {}", interface.name, fmt::join(interface.addresses, " ")));
  }
  if (usable.empty() && others.empty()) {
    finding.verdict = Verdict::Warning;
    finding.result = "only loopback: only devices on this computer can be reached";
    finding.advice = Advice::ConnectToNetwork;
    return finding;
  }
  finding.result = fmt::format("{}", fmt::join(usable, ", "));
  if (!others.empty()) {
    finding.verdict = usable.empty() ? Verdict::Warning : Verdict::Note;
    finding.result +=
        fmt::format("{}without multicast: {}", usable.empty() ? "" : "; ", fmt::join(others, ", "));
    finding.advice = usable.empty() ? Advice::AvoidMulticast : Advice::CheckVpn;
  }
  return finding;
}

Finding firewall_finding(const InterfaceFacts& interface) {
  Finding finding{.check = "firewall",
                  .tested = fmt::format("incoming packets on {}", interface.name)};
  if (interface.mdns_echo == Echo::Heard && interface.other_echo == Echo::Heard) {
    finding.result = "accepted, at the mDNS port and at other ports";
    return finding;
  }
  finding.verdict = Verdict::Warning;
  if (interface.mdns_echo == Echo::Heard) {
    finding.result =
        "a firewall accepts mDNS and drops other packets: devices are found, but cannot connect "
        "back";
    finding.advice = Advice::OpenTcpPort;
  } else if (interface.other_echo == Echo::Heard) {
    finding.result = "a firewall drops mDNS: devices are not found by name";
    finding.advice = Advice::OpenMdnsPort;
  } else {
    finding.result = "a firewall drops them, or the interface does not support multicast";
    finding.advice = Advice::OpenMdnsAndTcpPort;
  }
  return finding;
}

bool was_tested(const InterfaceFacts& interface) {
  return interface.mdns_echo != Echo::NotTried && interface.other_echo != Echo::NotTried;
}

std::string_view why_not_tested(const InterfaceFacts& interface) {
  if (!interface.multicast) {
    return "not tested (no multicast)";
  }
  const bool has_ipv4 = interface.addresses.front().find(':') == std::string::npos;
  return has_ipv4 ? "not tested (no socket could be opened)" : "not tested (no IPv4 address)";
}

/// One finding for each reason: container hosts have many interfaces.
std::vector<Finding> untested_findings(const LocalFacts& facts) {
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
                          .tested = "incoming packets on " + interface.name,
                          .result = std::string(why)});
    }
  }
  return findings;
}

/// The name of the manager is enough for the advice.
std::vector<Finding> manager_findings(const LocalFacts& facts) {
  if (facts.firewall == FirewallManager::Unknown) {
    return {};
  }
  return {{.check = "firewall",
           .verdict = Verdict::Note,
           .tested = "firewall of this computer",
           .result = facts.firewall == FirewallManager::Ufw ? "ufw is enabled" : "firewalld runs"}};
}

std::string name_of(const PortOwner& owner) {
  return owner.program.empty() ? fmt::format("a program of user {}", owner.uid) : owner.program;
}

Finding port_finding(const LocalFacts& facts) {
  Finding finding{.check = "mdns-port", .tested = fmt::format("UDP port {}", facts.mdns_port)};
  std::vector<std::string> owners;
  for (const PortOwner& owner : facts.mdns_owners) {
    if (std::ranges::find(owners, name_of(owner)) == owners.end()) {
      owners.push_back(name_of(owner));
    }
  }
  const std::string names = fmt::format("{}", fmt::join(owners, ", "));
  if (facts.mdns_failure) {
    finding.verdict = Verdict::Warning;
    finding.result = fmt::format(
        "not shared by {}: {}", owners.empty() ? "an unknown program" : names, *facts.mdns_failure);
    finding.advice = Advice::StopPortOwner;
    return finding;
  }
  finding.result = owners.empty() ? "free" : "shared with " + names;
  return finding;
}

Finding daemon_finding(const LocalFacts& facts) {
  return {.check = "daemon",
          .tested = "avahi-daemon",
          .result = facts.avahi_daemon
                        ? "runs; otatool uses its results and those of its own search"
                        : "does not run (not needed)"};
}

std::string_view name_of(Container container) {
  constexpr std::array<std::string_view, 6> kNames = {
      "", "Docker", "Podman", "Kubernetes", "LXC", "a container"};
  return kNames[static_cast<std::size_t>(container)];
}

/// True for an address in the default networks of Docker and Podman, which are behind their NAT.
bool has_bridge_address(const LocalFacts& facts) {
  return std::ranges::any_of(facts.interfaces, [](const InterfaceFacts& interface) {
    return reaches_a_network(interface) &&
           std::ranges::any_of(interface.addresses, [](const std::string& address) {
             return address.starts_with("172.17.") || address.starts_with("172.18.") ||
                    address.starts_with("10.88.");
           });
  });
}

Finding surroundings_finding(const LocalFacts& facts) {
  Finding finding{.check = "surroundings", .tested = "container, WSL", .result = "neither"};
  const Surroundings& surroundings = facts.surroundings;
  if (surroundings.container != Container::None) {
    const bool bridged = has_bridge_address(facts);
    finding.verdict = bridged ? Verdict::Warning : Verdict::Note;
    finding.result = fmt::format(
        "{}{}", name_of(surroundings.container), bridged ? ", on a separate network" : "");
    finding.advice = Advice::UseHostNetwork;
  } else if (surroundings.wsl) {
    finding.verdict = Verdict::Warning;
    finding.result = "WSL: behind the NAT of Windows unless its network mode is mirrored";
    finding.advice = Advice::MirrorWslNetwork;
  }
  return finding;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kNames = {"ok", "note", "warning", "failed"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<Finding> local_findings(const LocalFacts& facts) {
  std::vector<Finding> findings{interfaces_finding(facts)};
  for (const InterfaceFacts& interface : facts.interfaces) {
    if (reaches_a_network(interface) && was_tested(interface)) {
      findings.push_back(firewall_finding(interface));
    }
  }
  std::ranges::move(untested_findings(facts), std::back_inserter(findings));
  std::ranges::move(rule_findings(facts), std::back_inserter(findings));
  std::ranges::move(manager_findings(facts), std::back_inserter(findings));
  findings.push_back(port_finding(facts));
  findings.push_back(daemon_finding(facts));
  findings.push_back(surroundings_finding(facts));
  return findings;
}

}  // namespace otatool::doctor
