#include "doctor/rule_findings.hpp"

#include <fmt/format.h>

#include "doctor/nft_rules.hpp"

namespace otatool::doctor {
namespace {

/// The ports that Linux gives to a socket that asks for any (ip_local_port_range).
constexpr std::uint16_t kFirstFreePort = 32768;
constexpr std::uint16_t kLastFreePort = 60999;
/// The port in the texts of the advice.
constexpr std::uint16_t kAdvisedPort = 8267;

Packet mdns_packet(const LocalFacts& facts, const InterfaceFacts& interface) {
  Packet packet;
  packet.interface = interface.name;
  packet.destination = "224.0.0.251";
  packet.first_port = packet.last_port = facts.mdns_port;
  packet.multicast = true;
  return packet;
}

std::string word(const RuleJudgement& judgement) {
  switch (judgement.passage) {
    case Passage::Accepted:
      return "accepted";
    case Passage::Dropped:
      return fmt::format("dropped by {} {} {}",
                         judgement.dropped_by->family,
                         judgement.dropped_by->table,
                         judgement.dropped_by->chain);
    case Passage::Unknown:
      break;
  }
  return "not certain";
}

bool is_dropped(const RuleJudgement& judgement) {
  return judgement.passage == Passage::Dropped;
}

Advice advice_for(const DeviceJudgement& device, const RuleJudgement& mdns) {
  if (is_dropped(device.connection) && device.chosen_port.passage == Passage::Accepted) {
    return Advice::UseOpenPort;
  }
  if (is_dropped(device.connection)) {
    return is_dropped(mdns) ? Advice::OpenMdnsAndTcpPort : Advice::OpenTcpPort;
  }
  if (is_dropped(mdns)) {
    return Advice::OpenMdnsPort;
  }
  return is_dropped(device.reply) ? Advice::CheckFirewallRules : Advice::None;
}

Finding finding_for(const LocalFacts& facts, const InterfaceFacts& interface) {
  Finding finding{.check = "rules", .tested = "firewall rules for " + interface.name};
  const auto device =
      judge_device(facts.rules, interface.name, {}, interface.addresses.front()).value();
  const RuleJudgement mdns =
      NftRules::parse(*facts.rules.json).value().judge(mdns_packet(facts, interface));
  finding.result = fmt::format("connections from devices {}, replies by UDP {}, mDNS {}",
                               word(device.connection),
                               word(device.reply),
                               word(mdns));
  finding.advice = advice_for(device, mdns);
  if (finding.advice != Advice::None) {
    finding.verdict = Verdict::Warning;
    finding.chain = is_dropped(device.connection) ? device.connection.dropped_by : mdns.dropped_by;
    return finding;
  }
  const bool certain = device.connection.passage == Passage::Accepted &&
                       device.reply.passage == Passage::Accepted &&
                       mdns.passage == Passage::Accepted;
  if (!certain || facts.rules.legacy_tables) {
    finding.verdict = Verdict::Note;
  }
  if (facts.rules.legacy_tables) {
    finding.result += "; rules of iptables-legacy are not examined";
  }
  return finding;
}

}  // namespace

std::optional<DeviceJudgement> judge_device(const FirewallRules& rules,
                                            const std::string& interface,
                                            const std::string& source,
                                            const std::string& own_address) {
  const auto parsed = rules.json ? NftRules::parse(*rules.json) : std::nullopt;
  if (!parsed) {
    return std::nullopt;
  }
  Packet packet;
  packet.interface = interface;
  packet.tcp = true;
  packet.ipv6 = own_address.find(':') != std::string::npos;
  packet.source = source;
  packet.destination = own_address;
  packet.first_port = kFirstFreePort;
  packet.last_port = kLastFreePort;
  DeviceJudgement judgement;
  judgement.connection = parsed->judge(packet);
  packet.first_port = packet.last_port = kAdvisedPort;
  judgement.chosen_port = parsed->judge(packet);
  packet.tcp = false;
  packet.first_port = kFirstFreePort;
  packet.last_port = kLastFreePort;
  packet.is_reply = true;
  judgement.reply = parsed->judge(packet);
  return judgement;
}

std::vector<Finding> rule_findings(const LocalFacts& facts) {
  const bool readable = facts.rules.json && NftRules::parse(*facts.rules.json);
  if (!readable && facts.rules.failure.empty()) {
    return {};
  }
  if (!readable) {
    return {{.check = "rules",
             .verdict = Verdict::Note,
             .tested = "firewall rules of this computer",
             .result = "not examined: " + facts.rules.failure,
             .advice = facts.rules.needs_root ? Advice::RunAsRoot : Advice::None}};
  }
  std::vector<Finding> findings;
  for (const InterfaceFacts& interface : facts.interfaces) {
    if (interface.up && !interface.loopback && !interface.addresses.empty()) {
      findings.push_back(finding_for(facts, interface));
    }
  }
  return findings;
}

}  // namespace otatool::doctor
