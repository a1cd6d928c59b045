// `otatool discover` over veth pairs between the network namespace of this test and a second one
// with the devices. Skipped where namespaces are not permitted.
#include <memory>
#include <set>

#include <gmock/gmock.h>

#include "tests/e2e/discover/farm.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// The second namespace, in which a script runs after the veth pairs are connected.
class FarEnd {
 public:
  FarEnd() : process_(call()) { ready_ = process_.read_line() == "here"; }

  [[nodiscard]] bool ready() const { return ready_; }
  /// Connects the interface `near` of this namespace to `far` of the second one.
  [[nodiscard]] Outcome connect(const std::string& near, const std::string& far) {
    return run_there("ip link add " + near + " type veth peer name " + far + " netns " +
                     std::to_string(process_.pid()));
  }
  /// Runs the script in the second namespace and waits until the `farms` farms that it starts are
  /// ready.
  void start(const std::string& script, int farms = 1) {
    process_.write_input("set -e\nip link set lo up\n" + script + "\nend\n");
    for (int i = 0; i < farms; ++i) {
      EXPECT_EQ(process_.read_line(), "ready");
    }
  }

 private:
  static ProgramCall call() {
    ProgramCall call{.program = "/usr/bin/unshare"};
    // The farms end when their stdin ends, which is when this object is destroyed.
    const std::string script =
        "PATH=$PATH:/sbin:/usr/sbin; exec 3<&0; echo here; script=$(sed '/^end$/q'); "
        "eval \"$script\"; wait";
    call.arguments = {"-n", "--kill-child", "sh", "-c", script};
    return call;
  }

  Process process_;
  bool ready_ = false;
};

std::string farm(const std::string& arguments) {
  return std::string(MDNS_FARM) + " " + arguments + " <&3 &\n";
}

std::vector<json> discovered_here(std::vector<std::string> arguments) {
  ProgramCall call{.program = OTATOOL_BINARY};
  call.arguments = {"discover", "--backend", "native", "--json"};
  call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run(call);
  const auto document = json::parse(outcome.output, nullptr, false);
  if (document.is_discarded() || !document.contains("devices")) {
    ADD_FAILURE() << outcome.exit_code << outcome.output << outcome.error;
    return {};
  }
  return document.at("devices").get<std::vector<json>>();
}

class DiscoverCables : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
    if (const Outcome second = run_there("unshare -n true"); is_not_permitted(second)) {
      GTEST_SKIP() << "no second network namespace: " << second.error;
    }
    far_ = std::make_unique<FarEnd>();
    ASSERT_TRUE(far_->ready());
    const Outcome cable = far_->connect("va0", "vb0");
    if (is_not_permitted(cable)) {
      GTEST_SKIP() << "no veth pair:  " << cable.error;
    }
    ASSERT_EQ(cable.exit_code, 0) << cable.error;
  }

  std::unique_ptr<FarEnd> far_;
};

/// A script that adds `count` addresses from 10.9.0.2 on.
std::string addresses(int count) {
  return "for i in $(seq 2 " + std::to_string(count + 1) +
         "); do ip address add 10.9.0.$i/24 dev vb0; done\nip link set vb0 up\n";
}

TEST_F(DiscoverCables, OneDeviceOnTwoInterfacesIsOneRow) {
  ASSERT_EQ(far_->connect("va1", "vb1").exit_code, 0);
  ASSERT_EQ(run_there("ip address add 10.9.0.1/24 dev va0; ip address add 10.8.0.1/24 dev va1;"
                      "ip link set va0 up; ip link set va1 up")
                .exit_code,
            0);
  far_->start(
      "ip address add 10.9.0.2/24 dev vb0; ip address add 10.8.0.2/24 dev vb1\n"
      "ip link set vb0 up; ip link set vb1 up\n" +
          farm("interface=vb0 subnet=10.9.0") + farm("interface=vb1 subnet=10.8.0"),
      2);
  std::set<std::pair<std::string, std::string>> found;
  EXPECT_TRUE(eventually([&found] {
    const auto devices = discovered_here({"--timeout", "1.5"});
    found.clear();
    for (const json& address :
         devices.size() == 1 ? devices.front().at("addresses") : json::array()) {
      found.emplace(address.at("ip"), address.at("iface"));
    }
    return found.size() == 2;
  }));
  EXPECT_THAT(found, ElementsAre(std::pair("10.8.0.2", "va1"), std::pair("10.9.0.2", "va0")));
  const auto one = discovered_here(first(1, {"--iface", "va1"}));
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_THAT(one.front().at("addresses"), SizeIs(1));
}

TEST_F(DiscoverCables, WithoutADeviceTheHintNamesTheLikelyCause) {
  ASSERT_EQ(run_there("ip address add 10.9.0.1/24 dev va0; ip link set va0 up").exit_code, 0);
  far_->start("ip link set vb0 up\ncat <&3 >/dev/null &\necho ready");  // cat keeps the namespace
  const auto hint = [] {
    return run({.program = OTATOOL_BINARY, .arguments = {"discover", "--timeout", "0.5"}}).error;
  };
  EXPECT_TRUE(eventually([&] {
    return hint().find("hint: queries left on va0, but nothing replied") != std::string::npos;
  })) << hint();
  const Outcome rules = run_there(
      "nft add table inet f; nft 'add chain inet f in { type filter hook input priority 0; }';"
      "nft add rule inet f in udp dport 5353 drop");
  if (is_not_permitted(rules)) {
    GTEST_SKIP() << "no firewall: " << rules.error;
  }
  ASSERT_EQ(rules.exit_code, 0) << rules.error;
  EXPECT_THAT(hint(), HasSubstr("a firewall on this computer seems to drop mDNS on va0"));
}

TEST_F(DiscoverCables, UnicastQueriesLeaveThroughTheGivenInterface) {
  ASSERT_EQ(run_there("ip address add 10.9.0.1/24 dev va0; ip link set va0 up").exit_code, 0);
  // The far end of the other veth pair stays down, so this route leads nowhere.
  ASSERT_EQ(far_->connect("vpn0", "vpn1").exit_code, 0);
  ASSERT_EQ(run_there("ip address add 10.99.0.1/32 dev vpn0; ip link set vpn0 up;"
                      "ip route add 10.9.0.2/32 dev vpn0")
                .exit_code,
            0);
  far_->start(addresses(1) + farm("interface=vb0 subnet=10.9.0"));
  const Outcome by_route =
      run({.program = OTATOOL_BINARY, .arguments = {"discover", "10.9.0.2", "--timeout", "1"}});
  EXPECT_EQ(by_route.exit_code, 3) << by_route.output;
  EXPECT_THAT(discovered_here({"10.9.0.2", "--iface", "va0", "--timeout", "90"}), SizeIs(1));
}

TEST_F(DiscoverCables, FindsFiftyBehindAFirewall) {
  ASSERT_EQ(run_there("ip address add 10.9.0.1/24 dev va0; ip link set va0 up").exit_code, 0);
  ASSERT_EQ(run_there("command -v nft").exit_code, 0) << "scripts/install-deps installs nft";
  const Outcome rules = run_there(
      "nft add table inet f; nft 'add chain inet f in { type filter hook input priority 0; policy "
      "drop; }'; nft add rule inet f in iif lo accept; nft add rule inet f in ct state "
      "established,related accept; nft add rule inet f in ip daddr 224.0.0.251 udp dport 5353 "
      "accept");
  if (is_not_permitted(rules)) {
    GTEST_SKIP() << "no firewall: " << rules.error;
  }
  ASSERT_EQ(rules.exit_code, 0) << rules.error;
  far_->start(addresses(50) + farm("interface=vb0 subnet=10.9.0 count=50"));
  EXPECT_THAT(discovered_here(first(50)), SizeIs(50));
}

TEST_F(DiscoverCables, FindsDevicesThatHaveOnlyIpv6) {
  ASSERT_EQ(run_there("echo 0 > /proc/sys/net/ipv6/conf/va0/accept_dad;"
                      "ip link set va0 up; ip address add fe80::99/64 dev va0 nodad")
                .exit_code,
            0);
  far_->start(
      "echo 0 > /proc/sys/net/ipv6/conf/vb0/accept_dad; ip link set vb0 up\n"
      "for i in 1 2 3; do ip address add fe80::120$i/64 dev vb0 nodad; done\n" +
      farm("interface=vb0 ipv6 count=3"));
  const auto devices = discovered_here(first(3));
  ASSERT_THAT(devices, SizeIs(3));
  std::set<std::string> found;
  for (const json& device : devices) {
    found.insert(device.at("addresses").at(0).at("ip"));
    EXPECT_EQ(device.at("addresses").at(0).at("family"), "ipv6");
  }
  EXPECT_THAT(found, ElementsAre("fe80::1201%va0", "fe80::1202%va0", "fe80::1203%va0"));
}

TEST_F(DiscoverCables, QueriesADeviceInAnotherSubnetByUnicast) {
  ASSERT_EQ(run_there("ip address add 10.9.0.1/24 dev va0; ip link set va0 up;"
                      "ip route add 10.8.0.0/24 via 10.9.0.200")
                .exit_code,
            0);
  far_->start(
      "ip address add 10.9.0.200/24 dev vb0; ip link set vb0 up\n"
      "ip address add 10.8.0.2/24 dev lo\n" +
      farm("interface=lo subnet=10.8.0 kind=esp32"));
  EXPECT_THAT(discovered_here({"--timeout", "0.6"}), SizeIs(0)) << "multicast is not routed";
  const auto devices = discovered_here({"10.8.0.2", "--timeout", "90"});
  ASSERT_THAT(devices, SizeIs(1));
  EXPECT_EQ(devices.front().at("port"), 3232);
  EXPECT_EQ(devices.front().at("addresses").at(0).at("ip"), "10.8.0.2");
}

}  // namespace
}  // namespace otatool::test
