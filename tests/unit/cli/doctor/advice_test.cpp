#include "cli/doctor/advice.hpp"

#include <gmock/gmock.h>

namespace otatool::cli {
namespace {

using doctor::Advice;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(DoctorAdvice, NamesTheOptionThatHelps) {
  EXPECT_THAT(advice_text(Advice::OpenTcpPort), HasSubstr("--host-port"));
  EXPECT_THAT(advice_text(Advice::OpenMdnsAndTcpPort), HasSubstr("--host-port"));
  EXPECT_THAT(advice_text(Advice::OpenMdnsPort), HasSubstr("5353"));
  EXPECT_THAT(advice_text(Advice::AvoidTunnel), HasSubstr("--bind"));
}

TEST(DoctorAdvice, PrintsTheCommandsOfTheActiveFirewall) {
  using doctor::FirewallManager;
  EXPECT_THAT(advice_text(Advice::OpenTcpPort, {FirewallManager::Ufw, "192.0.2.9"}),
              AllOf(HasSubstr("sudo ufw allow proto tcp from 192.0.2.9 to any port 8267;"),
                    Not(HasSubstr("nft"))));
  EXPECT_THAT(advice_text(Advice::OpenTcpPort, {FirewallManager::Firewalld, "fe80::1%eth0"}),
              HasSubstr("family=ipv6 source address=fe80::1 port port=8267"));
  EXPECT_THAT(
      advice_text(Advice::OpenTcpPort, {FirewallManager::Unknown, "192.0.2.9"}),
      AllOf(HasSubstr("ufw allow"),
            HasSubstr("firewall-cmd"),
            HasSubstr("nft insert rule inet filter input ip saddr 192.0.2.9 tcp dport 8267")));
  EXPECT_THAT(advice_text(Advice::OpenMdnsAndTcpPort, {FirewallManager::Ufw, {}}),
              AllOf(HasSubstr("sudo ufw allow 5353/udp"), HasSubstr("sudo ufw allow 8267/tcp")));
}

TEST(DoctorAdvice, EveryCodeHasAText) {
  EXPECT_EQ(advice_text(Advice::None), "");
  for (int code = 1; code <= static_cast<int>(Advice::StartReceiver); ++code) {
    EXPECT_NE(advice_text(static_cast<Advice>(code)), "") << code;
  }
}

}  // namespace
}  // namespace otatool::cli
