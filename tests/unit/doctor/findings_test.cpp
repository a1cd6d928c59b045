#include "otatool/doctor/findings.hpp"

#include <gmock/gmock.h>

namespace otatool::doctor {
namespace {

using ::testing::HasSubstr;

InterfaceFacts interface(const std::string& name, const std::string& address) {
  InterfaceFacts facts;
  facts.name = name;
  facts.up = true;
  facts.multicast = true;
  facts.addresses = {address};
  facts.mdns_echo = Echo::Heard;
  facts.other_echo = Echo::Heard;
  return facts;
}

LocalFacts computer() {
  LocalFacts facts;
  facts.mdns_port = 5353;
  facts.interfaces = {interface("lo", "127.0.0.1"), interface("eth0", "192.0.2.7")};
  facts.interfaces.front().loopback = true;
  return facts;
}

HostFacts known_host() {
  HostFacts facts;
  facts.name = "kitchen";
  facts.addresses = {"192.0.2.9"};
  facts.address = "192.0.2.9";
  facts.local_address = "192.0.2.7";
  facts.interface = "eth0";
  facts.services = {{"kitchen", "_arduino._tcp", 8266, "d1_mini", true, "gzip packages"}};
  facts.udp = {{8266, UdpState::Silent}};
  facts.tcp = {{6053, TcpState::Refused}};
  return facts;
}

Finding find(const std::vector<Finding>& findings, const std::string& check) {
  for (const Finding& finding : findings) {
    if (finding.check == check) {
      return finding;
    }
  }
  ADD_FAILURE() << "no finding of '" << check << "'";
  return {};
}

Finding local(const LocalFacts& facts, const std::string& check) {
  return find(local_findings(facts), check);
}

Finding remote(const HostFacts& facts, const std::string& check) {
  return find(host_findings(facts, computer()), check);
}

TEST(DoctorFindings, NoProblemMeansNoAdvice) {
  for (const Finding& finding : local_findings(computer())) {
    EXPECT_EQ(finding.verdict, Verdict::Ok) << finding.check;
    EXPECT_EQ(finding.advice, Advice::None) << finding.check;
  }
  for (const Finding& finding : host_findings(known_host(), computer())) {
    EXPECT_EQ(finding.verdict, Verdict::Ok) << finding.check;
  }
  EXPECT_THAT(remote(known_host(), "mdns").result,
              HasSubstr("port 8266, board d1_mini, wants a password, gzip packages"));
}

/// A chain with this policy that accepts TCP port `port`.
std::string rules_with(const std::string& policy, int port) {
  return R"({"nftables":[{"chain":{"family":"inet","table":"guard","name":"in","type":"filter",)"
         R"("hook":"input","prio":0,"policy":")" +
         policy +
         R"("}},{"rule":{"family":"inet","table":"guard","chain":"in","expr":[{"match":{"op":"==",)"
         R"("left":{"payload":{"protocol":"tcp","field":"dport"}},"right":)" +
         std::to_string(port) + R"(}},{"accept":null}]}}]})";
}

TEST(DoctorFindings, RulesThatAcceptEverythingAreFine) {
  LocalFacts facts = computer();
  facts.rules.json = rules_with("accept", 22);
  EXPECT_EQ(local(facts, "rules").verdict, Verdict::Ok);
  EXPECT_THAT(find(host_findings(known_host(), facts), "connect-back").result,
              HasSubstr("and the firewall rules of this computer accept it"));
  facts.rules.legacy_tables = true;
  EXPECT_EQ(local(facts, "rules").verdict, Verdict::Note);
  EXPECT_THAT(find(host_findings(known_host(), facts), "connect-back").result,
              HasSubstr("only an upload shows"));
}

TEST(DoctorFindings, RulesThatDropTheConnectionAreAWarning) {
  LocalFacts facts = computer();
  facts.rules.json = rules_with("drop", 22);
  EXPECT_EQ(local(facts, "rules").verdict, Verdict::Warning);
  EXPECT_EQ(local(facts, "rules").advice, Advice::OpenMdnsAndTcpPort);
  EXPECT_EQ(local(facts, "rules").chain, (NftChain{"inet", "guard", "in"}));
  EXPECT_THAT(local(facts, "rules").result,
              HasSubstr("connections from devices dropped by inet guard in"));
  const Finding back = find(host_findings(known_host(), facts), "connect-back");
  EXPECT_EQ(back.verdict, Verdict::Warning);
  EXPECT_EQ(back.advice, Advice::OpenTcpPort);
  EXPECT_EQ(back.chain, (NftChain{"inet", "guard", "in"}));
  EXPECT_EQ(find(host_findings(known_host(), facts), "device").verdict, Verdict::Warning);
  facts.rules.json = rules_with("drop", 8267);
  EXPECT_EQ(find(host_findings(known_host(), facts), "connect-back").advice, Advice::UseOpenPort);
}

TEST(DoctorFindings, UnreadableRulesAreSaidToBe) {
  LocalFacts facts = computer();
  facts.rules.failure = "only root may read them";
  facts.rules.needs_root = true;
  EXPECT_EQ(local(facts, "rules").verdict, Verdict::Note);
  EXPECT_EQ(local(facts, "rules").advice, Advice::RunAsRoot);
  EXPECT_EQ(local(facts, "rules").result, "not examined: only root may read them");
}

TEST(DoctorFindings, OnlyLoopbackIsAWarning) {
  LocalFacts facts = computer();
  facts.interfaces.pop_back();
  EXPECT_EQ(local(facts, "interfaces").verdict, Verdict::Warning);
  facts.interfaces.push_back(interface("eth0", "192.0.2.7"));
  facts.interfaces.back().up = false;
  EXPECT_EQ(local(facts, "interfaces").verdict, Verdict::Warning);
}

TEST(DoctorFindings, ATunnelIsAWarning) {
  LocalFacts facts = computer();
  facts.interfaces.push_back(interface("tun0", "10.8.0.2"));
  facts.interfaces.back().point_to_point = true;
  EXPECT_EQ(local(facts, "interfaces").verdict, Verdict::Note);
  EXPECT_THAT(local(facts, "interfaces").result, HasSubstr("without multicast: tun0 10.8.0.2"));
  HostFacts host = known_host();
  host.interface = "tun0";
  EXPECT_EQ(find(host_findings(host, facts), "connect-back").verdict, Verdict::Warning);
}

TEST(DoctorFindings, DroppedEchoesShowAFirewall) {
  const struct {
    Echo mdns;
    Echo other;
    std::string result;
    Advice advice;
  } cases[] = {
      {Echo::Heard, Echo::Dropped, "cannot connect back", Advice::OpenTcpPort},
      {Echo::Dropped, Echo::Heard, "not found by name", Advice::OpenMdnsPort},
      {Echo::Dropped, Echo::Dropped, "drops them", Advice::OpenMdnsAndTcpPort},
  };
  for (const auto& one : cases) {
    LocalFacts facts = computer();
    facts.interfaces.back().mdns_echo = one.mdns;
    facts.interfaces.back().other_echo = one.other;
    const Finding finding = local(facts, "firewall");
    EXPECT_EQ(finding.verdict, Verdict::Warning);
    EXPECT_THAT(finding.result, HasSubstr(one.result));
    EXPECT_EQ(finding.advice, one.advice);
  }
  LocalFacts guarded = computer();
  guarded.interfaces.back().other_echo = Echo::Dropped;
  const Finding back = find(host_findings(known_host(), guarded), "connect-back");
  EXPECT_EQ(back.verdict, Verdict::Warning);
  EXPECT_EQ(back.advice, Advice::OpenTcpPort);
}

TEST(DoctorFindings, SaysWhatOnlyAnUploadShows) {
  EXPECT_THAT(remote(known_host(), "connect-back").result,
              HasSubstr("only an upload shows whether the connection arrives"));
  LocalFacts local_facts = computer();
  local_facts.firewall = FirewallManager::Ufw;
  const auto findings = host_findings(known_host(), local_facts);
  EXPECT_EQ(find(findings, "connect-back").verdict, Verdict::Note);
  EXPECT_EQ(find(findings, "connect-back").advice, Advice::OpenTcpPort);
  LocalFacts managed = computer();
  managed.interfaces.clear();
  managed.firewall = FirewallManager::Firewalld;
  EXPECT_EQ(local(managed, "firewall").result, "firewalld runs");
}

TEST(DoctorFindings, TheSummaryWarnsOfABlockedConnectionBack) {
  LocalFacts guarded = computer();
  guarded.interfaces.back().other_echo = Echo::Dropped;
  const Finding summary = find(host_findings(known_host(), guarded), "device");
  EXPECT_EQ(summary.verdict, Verdict::Warning);
  EXPECT_THAT(summary.result, HasSubstr("its connection back to this computer may fail"));
}

TEST(DoctorFindings, ReportsUntestedInterfacesByReason) {
  LocalFacts facts = computer();
  facts.interfaces.push_back(interface("eth1", "fe80::1"));
  facts.interfaces.push_back(interface("eth2", "fe80::2"));
  facts.interfaces.push_back(interface("wg0", "10.8.0.2"));
  facts.interfaces.back().multicast = false;
  for (std::size_t i = 2; i < facts.interfaces.size(); ++i) {
    facts.interfaces[i].mdns_echo = Echo::NotTried;
    facts.interfaces[i].other_echo = Echo::NotTried;
  }
  std::vector<Finding> firewalls;
  for (const Finding& finding : local_findings(facts)) {
    if (finding.check == "firewall") {
      firewalls.push_back(finding);
    }
  }
  ASSERT_EQ(firewalls.size(), 3U);
  EXPECT_EQ(firewalls[0].verdict, Verdict::Ok);
  EXPECT_EQ(firewalls[1].verdict, Verdict::Note);
  EXPECT_EQ(firewalls[1].tested, "incoming packets on eth1, eth2");
  EXPECT_THAT(firewalls[1].result, HasSubstr("not tested (no IPv4 address)"));
  EXPECT_EQ(firewalls[2].tested, "incoming packets on wg0");
  EXPECT_THAT(firewalls[2].result, HasSubstr("not tested (no multicast)"));
}

TEST(DoctorFindings, OneEchoIsNotEnoughToTestAFirewall) {
  LocalFacts facts = computer();
  facts.interfaces.back().other_echo = Echo::NotTried;
  EXPECT_EQ(local(facts, "firewall").verdict, Verdict::Note);
  EXPECT_THAT(local(facts, "firewall").result, HasSubstr("no socket"));
}

TEST(DoctorFindings, NamesTheOwnersOfTheMdnsPort) {
  LocalFacts facts = computer();
  facts.mdns_owners = {{"avahi-daemon", 108}, {"", 1000}};
  EXPECT_EQ(local(facts, "mdns-port").verdict, Verdict::Ok);
  EXPECT_EQ(local(facts, "mdns-port").result, "shared with avahi-daemon, a program of user 1000");
  facts.mdns_failure = "Address already in use";
  EXPECT_EQ(local(facts, "mdns-port").verdict, Verdict::Warning);
}

TEST(DoctorFindings, RecognisesContainersAndWsl) {
  LocalFacts facts = computer();
  facts.surroundings.container = Container::Docker;
  EXPECT_EQ(local(facts, "surroundings").verdict, Verdict::Note);
  facts.interfaces.back().addresses = {"172.17.0.2"};
  EXPECT_EQ(local(facts, "surroundings").verdict, Verdict::Warning);
  facts.surroundings = {Container::None, true};
  EXPECT_THAT(local(facts, "surroundings").result, HasSubstr("WSL"));
}

TEST(DoctorFindings, ANameWithoutAddressEndsTheExamination) {
  HostFacts facts;
  facts.name = "nosuch";
  facts.resolve_failure = "no device answers to that name";
  const auto findings = host_findings(facts, computer());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().code, Errc::NotFound);
}

TEST(DoctorFindings, AnAmbiguousNameEndsTheExamination) {
  HostFacts facts;
  facts.name = "twin";
  facts.namesakes = {"twin at 192.0.2.8:8266", "twin at 192.0.2.9:8266"};
  const auto findings = host_findings(facts, computer());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().verdict, Verdict::Failed);
  EXPECT_EQ(findings.front().code, Errc::NotFound);
  EXPECT_EQ(findings.front().result,
            "2 devices have this name: twin at 192.0.2.8:8266, twin at 192.0.2.9:8266");
}

TEST(DoctorFindings, AMissingRouteEndsTheExamination) {
  HostFacts facts = known_host();
  facts.local_address.clear();
  const auto findings = host_findings(facts, computer());
  EXPECT_EQ(findings.back().code, Errc::HostUnreachable);
}

TEST(DoctorFindings, AnUnreachableListenerFails) {
  HostFacts facts = known_host();
  facts.listener.failure = "Connection timed out";
  EXPECT_EQ(remote(facts, "connect-back").code, Errc::ListenFailed);
}

TEST(DoctorFindings, NoReplyAtAllFails) {
  HostFacts facts = known_host();
  facts.services.clear();
  facts.tcp = {{6053, TcpState::NoAnswer}};
  EXPECT_EQ(remote(facts, "mdns").verdict, Verdict::Note);
  EXPECT_EQ(remote(facts, "espota").verdict, Verdict::Note);
  EXPECT_EQ(remote(facts, "device").code, Errc::NoAnswer);
}

TEST(DoctorFindings, ClosedPortsFail) {
  HostFacts facts = known_host();
  facts.services.clear();
  facts.udp = {{8266, UdpState::Closed}, {3232, UdpState::Closed}};
  EXPECT_EQ(remote(facts, "device").code, Errc::PortClosed);
  facts.udp.back().state = UdpState::Silent;
  EXPECT_EQ(remote(facts, "device").verdict, Verdict::Ok);
}

TEST(DoctorFindings, RecognisesTheApiOfEsphome) {
  HostFacts facts = known_host();
  facts.tcp = {{6053, TcpState::Open}};
  EXPECT_EQ(remote(facts, "tcp").verdict, Verdict::Note);
  EXPECT_THAT(remote(facts, "tcp").result, HasSubstr("ESPHome"));
}

TEST(DoctorFindings, ADeviceWithoutEspotaMayHaveAnotherWay) {
  HostFacts facts = known_host();
  facts.services.clear();
  facts.udp = {{8266, UdpState::Closed}, {3232, UdpState::Closed}};
  facts.tcp = {{6053, TcpState::Open}, {3232, TcpState::Open}};
  EXPECT_EQ(remote(facts, "device").verdict, Verdict::Ok);
  EXPECT_THAT(remote(facts, "device").result, HasSubstr("the protocol of ESPHome"));
  facts.tcp.front().state = TcpState::Refused;
  EXPECT_EQ(remote(facts, "device").code, Errc::PortClosed);
  facts.web = WebFirmware{80, "Tasmota 15.2.0", true};
  EXPECT_EQ(remote(facts, "device").verdict, Verdict::Ok);
  EXPECT_THAT(remote(facts, "device").result, HasSubstr("the web form of Tasmota 15.2.0"));
  EXPECT_EQ(remote(facts, "web").advice, Advice::UploadToForm);
}

TEST(DoctorFindings, TheWebFormOfASketchIsForPush) {
  HostFacts facts = known_host();
  facts.udp = {{8266, UdpState::Closed}};
  facts.web = WebFirmware{80, "stock update server", false};
  EXPECT_EQ(remote(facts, "web").advice, Advice::PushToForm);
  EXPECT_EQ(remote(facts, "device").code, Errc::PortClosed);
}

}  // namespace
}  // namespace otatool::doctor
