#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/doctor/doctor_findings.hpp"

namespace otatool::cli {
namespace {

using doctor::AnnouncedService;
using doctor::Echo;
using doctor::HostFacts;
using doctor::InterfaceFacts;
using doctor::LocalFacts;
using doctor::TcpProbe;
using doctor::TcpState;
using doctor::UdpProbe;
using doctor::UdpState;

constexpr std::uint16_t kEsphomeApi = 6053;

const InterfaceFacts* find_interface(const LocalFacts& local, const HostFacts& host) {
  const auto found = std::ranges::find_if(local.interfaces, [&](const InterfaceFacts& interface) {
    return host.interface == interface.name;
  });
  return found == local.interfaces.end() ? nullptr : &*found;
}

Finding examine_name(const HostFacts& host) {
  Finding finding{.check = "name", .tested = fmt::format("where '{}' is", host.name)};
  if (host.resolve_failure) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::NotFound;
    finding.result = *host.resolve_failure;
    finding.advice =
        "is it on, and on this network? discover lists what answers; an address works "
        "without any name";
    return finding;
  }
  if (!host.namesakes.empty()) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::NotFound;
    finding.result = fmt::format(
        "it is the name of {} devices: {}", host.namesakes.size(), fmt::join(host.namesakes, ", "));
    finding.advice = "an upload refuses such a name: give the address of the one that is meant";
    return finding;
  }
  finding.result = fmt::format("{}", fmt::join(host.addresses, ", "));
  return finding;
}

Finding examine_way_back(const HostFacts& host, const LocalFacts& local) {
  Finding finding{.check = "connect-back",
                  .tested = fmt::format("the way back from {}", host.address)};
  if (host.local_address.empty()) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::HostUnreachable;
    finding.result = "there is no route to it";
    finding.advice = "connect to its network";
    return finding;
  }
  const InterfaceFacts* const interface = find_interface(local, host);
  finding.result = fmt::format("it would connect to {}{}",
                               host.local_address,
                               interface ? fmt::format(" on {}", interface->name) : "");
  if (host.listener.failure) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::ListenFailed;
    finding.result +=
        fmt::format(", where not even this computer gets through: {}", *host.listener.failure);
    finding.advice = "look at the firewall's rules for connections to this computer";
  } else if (interface != nullptr && interface->point_to_point) {
    finding.verdict = Verdict::Warning;
    finding.result += ", which is a tunnel";
    finding.advice = "devices rarely reach the far end of a VPN: leave it, or choose with --bind";
  } else if (interface != nullptr && interface->other_echo == Echo::Dropped) {
    finding.verdict = Verdict::Warning;
    finding.result += ", which a firewall seems to guard";
    finding.advice = "open a TCP port in the firewall and upload with --host-port";
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

Finding examine_mdns(const HostFacts& host) {
  Finding finding{.check = "mdns", .tested = "mDNS by unicast"};
  if (host.services.empty()) {
    finding.verdict = Verdict::Note;
    finding.result = "no answer";
    finding.advice =
        "an upload does not need it; sketches may have it switched off, and devices "
        "answer only within their own subnet";
    return finding;
  }
  std::vector<std::string> texts;
  std::ranges::transform(host.services, std::back_inserter(texts), description);
  finding.result = fmt::format("{}", fmt::join(texts, "; "));
  return finding;
}

bool answered(const HostFacts& host) {
  return !host.services.empty() || std::ranges::any_of(host.udp, [](const UdpProbe& probe) {
    return probe.state == UdpState::Closed || probe.state == UdpState::Answered;
  }) || std::ranges::any_of(host.tcp, [](const TcpProbe& probe) {
    return probe.state == TcpState::Open || probe.state == TcpState::Refused;
  });
}

/// Whether it says by mDNS that it takes invitations at this port.
bool is_announced(const HostFacts& host, std::uint16_t port) {
  return std::ranges::any_of(host.services, [port](const AnnouncedService& service) {
    return service.type == "_arduino._tcp" && service.port == port;
  });
}

Finding examine_udp(const HostFacts& host, const UdpProbe& probe) {
  Finding finding{.check = "espota", .tested = fmt::format("UDP port {}", probe.port)};
  switch (probe.state) {
    case UdpState::Answered:
      finding.result = "answers";
      break;
    case UdpState::Closed:
      finding.verdict = is_announced(host, probe.port) ? Verdict::Warning : Verdict::Note;
      finding.result = "closed: nothing takes invitations there";
      break;
    case UdpState::Failed:
      finding.verdict = Verdict::Warning;
      finding.result = "cannot be reached from here";
      break;
    case UdpState::Silent:
      if (is_announced(host, probe.port)) {
        finding.result = "announced by the device, and not closed";
      } else if (answered(host)) {
        finding.result = "not closed: open, or behind a firewall";
      } else {
        finding.verdict = Verdict::Note;
        finding.result = "silence, which may be an open port";
      }
      break;
  }
  return finding;
}

Finding examine_tcp(const TcpProbe& probe) {
  Finding finding{.check = "tcp", .tested = fmt::format("TCP port {}", probe.port)};
  switch (probe.state) {
    case TcpState::Open:
      finding.result = "open";
      if (probe.port == kEsphomeApi) {
        finding.verdict = Verdict::Note;
        finding.result = "open: the API of ESPHome";
        finding.advice =
            "ESPHome has an update protocol of its own: use its tools, or its web form "
            "with push";
      }
      break;
    case TcpState::Refused:
      finding.result = "refused: the device is on, and has nothing there";
      break;
    case TcpState::Failed:
      finding.verdict = Verdict::Warning;
      finding.result = "cannot be reached from here";
      break;
    case TcpState::NoAnswer:
      finding.verdict = Verdict::Note;
      finding.result = "no answer";
      break;
  }
  return finding;
}

/// All of it together: is there anything to upload to?
Finding examine_device(const HostFacts& host) {
  Finding finding{.check = "device", .tested = fmt::format("{} altogether", host.address)};
  if (!answered(host)) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::NoAnswer;
    finding.result = "nothing came back";
    finding.advice = "it is off, asleep, on another network, or the access point isolates clients";
    return finding;
  }
  const bool all_closed = std::ranges::all_of(
      host.udp, [](const UdpProbe& probe) { return probe.state == UdpState::Closed; });
  if (all_closed) {
    finding.verdict = Verdict::Failed;
    finding.code = Errc::PortClosed;
    finding.result = "it is on, but takes no espota invitations at these ports";
    finding.advice =
        "the sketch has to call ArduinoOTA.begin() and handle(); another port is "
        "given as HOST:PORT";
    return finding;
  }
  finding.result = "it is there";
  return finding;
}

}  // namespace

std::vector<Finding> examine_host(const HostFacts& host, const LocalFacts& local) {
  std::vector<Finding> findings{examine_name(host)};
  if (host.resolve_failure || !host.namesakes.empty()) {
    return findings;
  }
  findings.push_back(examine_way_back(host, local));
  if (host.local_address.empty()) {
    return findings;
  }
  findings.push_back(examine_mdns(host));
  for (const UdpProbe& probe : host.udp) {
    findings.push_back(examine_udp(host, probe));
  }
  std::ranges::transform(host.tcp, std::back_inserter(findings), examine_tcp);
  findings.push_back(examine_device(host));
  return findings;
}

}  // namespace otatool::cli
