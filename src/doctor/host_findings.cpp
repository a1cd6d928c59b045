#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/doctor/findings.hpp"

#include "doctor/rule_findings.hpp"

namespace otatool::doctor {
namespace {

constexpr std::uint16_t kEsphomeApi = 6053;

const InterfaceFacts* find_interface(const LocalFacts& local, const HostFacts& host) {
  const auto found = std::ranges::find_if(local.interfaces, [&](const InterfaceFacts& interface) {
    return host.interface == interface.name;
  });
  return found == local.interfaces.end() ? nullptr : &*found;
}

Finding name_finding(const HostFacts& host) {
  Finding finding{.check = "name", .tested = fmt::format("address of '{}'", host.name)};
  if (host.resolve_failure) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::NotFound;
    finding.result = *host.resolve_failure;
    finding.advice = Advice::CheckDeviceName;
  } else if (!host.namesakes.empty()) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::NotFound;
    finding.result = fmt::format(
        "{} devices have this name: {}", host.namesakes.size(), fmt::join(host.namesakes, ", "));
    finding.advice = Advice::UseDeviceAddress;
  } else {
    finding.result = fmt::format("{}", fmt::join(host.addresses, ", "));
  }
  return finding;
}

/// Adds what the firewall rules do with the packets of the device. False if they say nothing.
bool apply_rules(const HostFacts& host, const LocalFacts& local, Finding& finding) {
  const auto device =
      judge_device(local.rules, host.interface.value_or(""), host.address, host.local_address);
  if (!device || host.interface == "lo") {
    return false;
  }
  if (device->connection.passage == Passage::Dropped) {
    const bool usable = device->chosen_port.passage == Passage::Accepted;
    finding.verdict = Verdict::Warning;
    finding.result += ", but the firewall rules of this computer drop the connection";
    finding.advice = usable ? Advice::UseOpenPort : Advice::OpenTcpPort;
    finding.chain = device->connection.dropped_by;
    return true;
  }
  if (device->reply.passage == Passage::Dropped) {
    finding.verdict = Verdict::Warning;
    finding.result += ", but the firewall rules of this computer drop the device's replies by UDP";
    finding.advice = Advice::CheckFirewallRules;
    return true;
  }
  if (device->connection.passage == Passage::Unknown || local.rules.legacy_tables) {
    return false;
  }
  finding.result += ", and the firewall rules of this computer accept it";
  return true;
}

Finding connect_back_finding(const HostFacts& host, const LocalFacts& local) {
  Finding finding{.check = "connect-back",
                  .tested = fmt::format("connection back from {}", host.address)};
  if (host.local_address.empty()) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::HostUnreachable;
    finding.result = "no route to this address";
    finding.advice = Advice::ConnectToNetwork;
    return finding;
  }
  const InterfaceFacts* const interface = find_interface(local, host);
  finding.result = fmt::format("the device would connect to {}{}",
                               host.local_address,
                               interface ? fmt::format(" on {}", interface->name) : "");
  if (host.listener.failure) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::ListenFailed;
    finding.result +=
        fmt::format(", but even this computer cannot connect to it: {}", *host.listener.failure);
    finding.advice = Advice::CheckFirewallRules;
  } else if (interface != nullptr && interface->point_to_point) {
    finding.verdict = Verdict::Warning;
    finding.result += ", which is a tunnel";
    finding.advice = Advice::AvoidTunnel;
  } else if (apply_rules(host, local, finding)) {
    return finding;
  } else if (interface != nullptr && interface->other_echo == Echo::Dropped) {
    finding.verdict = Verdict::Warning;
    finding.result += ", but a firewall seems to block connections to it";
    finding.advice = Advice::OpenTcpPort;
  } else if (interface == nullptr || !interface->loopback) {
    // The self-test sends UDP; rules for TCP or for single senders show only with a real device.
    finding.result += "; only an upload shows whether the connection arrives";
    if (local.firewall != FirewallManager::Unknown) {
      finding.verdict = Verdict::Note;
      finding.advice = Advice::OpenTcpPort;
    }
  }
  return finding;
}

std::string description(const AnnouncedService& service) {
  std::string text = fmt::format("{} ({}), port {}", service.name, service.type, service.port);
  if (!service.board.empty()) {
    text += ", board " + service.board;
  }
  if (service.auth) {
    text += *service.auth ? ", wants a password" : ", no password";
  }
  if (!service.capabilities.empty()) {
    text += ", " + service.capabilities;
  }
  return text;
}

Finding mdns_finding(const HostFacts& host) {
  Finding finding{.check = "mdns", .tested = "unicast mDNS query"};
  if (host.services.empty()) {
    finding.verdict = Verdict::Note;
    finding.result = "no reply";
    finding.advice = Advice::MdnsIsOptional;
    return finding;
  }
  std::vector<std::string> texts;
  std::ranges::transform(host.services, std::back_inserter(texts), description);
  finding.result = fmt::format("{}", fmt::join(texts, "; "));
  return finding;
}

bool replied(const HostFacts& host) {
  return !host.services.empty() || host.web ||
         std::ranges::any_of(host.udp,
                             [](const UdpProbe& probe) {
                               return probe.state == UdpState::Closed ||
                                      probe.state == UdpState::Answered;
                             }) ||
         std::ranges::any_of(host.tcp, [](const TcpProbe& probe) {
           return probe.state == TcpState::Open || probe.state == TcpState::Refused;
         });
}

/// True if the device announces by mDNS that it takes invitations at this port.
bool is_announced(const HostFacts& host, std::uint16_t port) {
  return std::ranges::any_of(host.services, [port](const AnnouncedService& service) {
    return service.type == "_arduino._tcp" && service.port == port;
  });
}

Finding udp_finding(const HostFacts& host, const UdpProbe& probe) {
  Finding finding{.check = "espota", .tested = fmt::format("UDP port {}", probe.port)};
  switch (probe.state) {
    case UdpState::Answered:
      finding.result = "open: the device replies";
      break;
    case UdpState::Closed:
      finding.verdict = is_announced(host, probe.port) ? Verdict::Warning : Verdict::Note;
      finding.result = "closed: the device takes no invitations there";
      break;
    case UdpState::Failed:
      finding.verdict = Verdict::Warning;
      finding.result = "unreachable from this computer";
      break;
    case UdpState::Silent:
      if (is_announced(host, probe.port)) {
        finding.result = "announced by the device and open";
      } else {
        finding.verdict = replied(host) ? Verdict::Ok : Verdict::Note;
        finding.result = "no reply (normal for an open port)";
      }
      break;
  }
  return finding;
}

Finding tcp_finding(const TcpProbe& probe) {
  Finding finding{.check = "tcp", .tested = fmt::format("TCP port {}", probe.port)};
  switch (probe.state) {
    case TcpState::Open:
      finding.result = "open";
      if (probe.port == kEsphomeApi) {
        finding.verdict = Verdict::Note;
        finding.result = "open: the API of ESPHome";
        finding.advice = Advice::UploadToEsphome;
      }
      break;
    case TcpState::Refused:
      finding.result = "closed (the device is on)";
      break;
    case TcpState::Failed:
      finding.verdict = Verdict::Warning;
      finding.result = "unreachable from this computer";
      break;
    case TcpState::NoAnswer:
      finding.verdict = Verdict::Note;
      finding.result = "no reply";
      break;
  }
  return finding;
}

Finding web_finding(const WebFirmware& web) {
  return {.check = "web",
          .verdict = Verdict::Note,
          .tested = fmt::format("web server, port {}", web.port),
          .result = web.text,
          .advice = web.chosen ? Advice::UploadToForm : Advice::PushToForm};
}

/// By its announcement, or by the ports of its API and of its updates.
bool is_esphome(const HostFacts& host) {
  const auto is_open = [&host](bool api) {
    return std::ranges::any_of(host.tcp, [api](const TcpProbe& probe) {
      return probe.state == TcpState::Open && (probe.port == kEsphomeApi) == api;
    });
  };
  return (is_open(true) && is_open(false)) ||
         std::ranges::any_of(host.services, [](const AnnouncedService& service) {
           return service.type == "_esphomelib._tcp";
         });
}

/// A way of `upload` that needs no invitation; empty if there is none.
std::string other_way(const HostFacts& host) {
  if (is_esphome(host)) {
    return "the protocol of ESPHome";
  }
  return host.web && host.web->chosen ? fmt::format("the web form of {}", host.web->text)
                                      : std::string();
}

Finding summary_finding(const HostFacts& host, Verdict connect_back) {
  Finding finding{.check = "device", .tested = "summary"};
  const std::string other = other_way(host);
  const bool all_closed = std::ranges::all_of(
      host.udp, [](const UdpProbe& probe) { return probe.state == UdpState::Closed; });
  if (!replied(host)) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::NoAnswer;
    finding.result = fmt::format("{} does not reply", host.address);
    finding.advice = Advice::CheckDevicePower;
  } else if (!other.empty()) {
    finding.result = fmt::format("{} is reachable, upload uses {}", host.address, other);
  } else if (all_closed) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::PortClosed;
    finding.result =
        fmt::format("{} is on, but takes no espota invitations at these ports", host.address);
    finding.advice = Advice::StartReceiver;
  } else if (connect_back == Verdict::Warning || connect_back == Verdict::Failed) {
    finding.verdict = Verdict::Warning;
    finding.result = fmt::format(
        "{} is reachable, but its connection back to this computer may fail", host.address);
  } else {
    finding.result = fmt::format("{} is reachable", host.address);
  }
  return finding;
}

}  // namespace

std::vector<Finding> host_findings(const HostFacts& host, const LocalFacts& local) {
  std::vector<Finding> findings{name_finding(host)};
  if (host.resolve_failure || !host.namesakes.empty()) {
    return findings;
  }
  findings.push_back(connect_back_finding(host, local));
  const Verdict connect_back = findings.back().verdict;
  if (host.local_address.empty()) {
    return findings;
  }
  findings.push_back(mdns_finding(host));
  for (const UdpProbe& probe : host.udp) {
    findings.push_back(udp_finding(host, probe));
  }
  std::ranges::transform(host.tcp, std::back_inserter(findings), tcp_finding);
  if (host.web) {
    findings.push_back(web_finding(*host.web));
  }
  findings.push_back(summary_finding(host, connect_back));
  return findings;
}

}  // namespace otatool::doctor
