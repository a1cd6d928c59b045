// `otatool device` on two networks at once: a query on one network is answered with the address of
// that network, by one device on both and by one device on each. In a network namespace with veth
// pairs.
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/device/announced_device.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;

/// Guessing one of two addresses at random would succeed this often once in a million runs.
constexpr int kQuestions = 20;

class DeviceOnTwoNetworks : public ::testing::Test {
 protected:
  void SetUp() override {
    // Namespaces are not permitted everywhere.
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
    if (const Outcome second = run_there("unshare -n true"); is_not_permitted(second)) {
      GTEST_SKIP() << "no second network namespace: " << second.error;
    }
    ProgramCall other{.program = "/usr/bin/unshare"};
    other.arguments = {"-n", "sh", "-c", "echo here; read end"};
    computer_ = std::make_unique<Process>(other);
    ASSERT_EQ(computer_->read_line(), "here");
    const std::string process = std::to_string(computer_->pid());
    for (const std::string i : {"1", "2"}) {
      const std::string near = "near" + i;
      const std::string far = "far" + i;
      const std::string net = "10." + i + ".0.";
      const Outcome cable =
          run_there("ip link add " + near + " type veth peer name " + far + " netns " + process +
                    "; ip address add " + net + "1/24 dev " + near + "; ip link set " + near +
                    " up; nsenter -n -t " + process + " sh -ec 'echo 1 >" +
                    "/proc/sys/net/ipv6/conf/" + far + "/disable_ipv6;" + "ip address add " + net +
                    "2/24 dev " + far + "; ip link set " + far + " up'");
      if (is_not_permitted(cable)) {
        GTEST_SKIP() << "no virtual cable: " << cable.error;
      }
      ASSERT_EQ(cable.exit_code, 0) << cable.error;
    }
  }

  [[nodiscard]] pid_t there() const { return computer_->pid(); }
  /// Queries `kitchen.local` on both networks in turn.
  static void expect_the_address_of_each_network() {
    for (int i = 0; i < kQuestions; ++i) {
      const std::string net = std::to_string(i % 2 + 1);
      Asker asker(5, ("near" + net).c_str());
      const auto answer = asker.ask("224.0.0.251", browse());
      ASSERT_TRUE(answer) << "query " << i;
      EXPECT_THAT(answer->additional, Contains("kitchen.local 1 1 10 10." + net + ".0.2"))
          << "query " << i;
    }
  }

 private:
  std::unique_ptr<Process> computer_;
};

TEST_F(DeviceOnTwoNetworks, AnswersWithTheAddressOfTheQueriedNetwork) {
  Device device({"--name", "kitchen", "--bind", "0.0.0.0"}, there());
  EXPECT_EQ(device.announced.at("interfaces"), nlohmann::json({"far1", "far2"}));
  expect_the_address_of_each_network();
}

TEST_F(DeviceOnTwoNetworks, TwoDevicesAnswerOnTheirOwnNetworksOnly) {
  Device one({"--name", "one", "--bind", "10.1.0.2"}, there());
  Device two({"--name", "two", "--bind", "10.2.0.2"}, there());
  for (int i = 0; i < kQuestions; ++i) {
    const bool first = i % 2 == 0;
    Asker asker(5, first ? "near1" : "near2");
    const auto answer = asker.ask("224.0.0.251", browse());
    ASSERT_TRUE(answer) << "query " << i;
    EXPECT_THAT(
        answer->answers,
        ElementsAre(EndsWith(first ? " one._arduino._tcp.local" : " two._arduino._tcp.local")))
        << "query " << i;
  }
}

/// A socket in the namespace of a process that receives mDNS there and shares the port by
/// SO_REUSEPORT alone.
class Stubborn {
 public:
  explicit Stubborn(pid_t within, const char* interface) {
    const int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    const int there =
        open(("/proc/" + std::to_string(within) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
    ready_ = setns(there, CLONE_NEWNET) == 0 && listen(interface) && setns(here, CLONE_NEWNET) == 0;
    close(here);
    close(there);
  }
  Stubborn(const Stubborn&) = delete;
  Stubborn& operator=(const Stubborn&) = delete;
  ~Stubborn() { close(socket_); }
  [[nodiscard]] bool ready() const { return ready_; }

 private:
  bool listen(const char* interface) {
    socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    sockaddr_in group{};
    group.sin_family = AF_INET;
    group.sin_port = htons(5353);
    inet_pton(AF_INET, "224.0.0.251", &group.sin_addr);
    ip_mreqn membership{};
    membership.imr_multiaddr = group.sin_addr;
    membership.imr_ifindex = static_cast<int>(if_nametoindex(interface));
    return setsockopt(socket_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
           bind(socket_, reinterpret_cast<const sockaddr*>(&group), sizeof group) == 0 &&
           setsockopt(socket_, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) == 0;
  }

  int socket_ = -1;
  bool ready_ = false;
};

TEST_F(DeviceOnTwoNetworks, WorksBesideASocketThatUsesOnlyReuseport) {
  const Stubborn other(there(), "far1");
  ASSERT_TRUE(other.ready());
  Device device({"--name", "kitchen", "--bind", "0.0.0.0"}, there());
  expect_the_address_of_each_network();
}

}  // namespace
}  // namespace otatool::test
