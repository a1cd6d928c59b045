// Pushes while a route of a VPN covers the network of the device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/push_fixture.hpp"
#include "tests/support/vpn_network.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class PushInterface : public PushCommand {
 protected:
  void SetUp() override {
    if (const auto reason = network_.enter()) {
      GTEST_SKIP() << *reason;
    }
  }
  /// A page on the device; it ends after an update.
  struct Form {
    explicit Form(const VpnNetwork& network)
        : process(network.on_device(
              {.program = STOCK_FORM, .arguments = {"esp8266", "address=10.9.0.2"}})),
          port(process.read_line().value_or("http ").substr(5)) {}
    Process process;
    std::string port;
  };
  [[nodiscard]] Outcome push_there(const std::string& port,
                                   std::vector<std::string> options) const {
    options.insert(options.begin(), "http://10.9.0.2:" + port + "/update");
    return run(push_call(options));
  }

  VpnNetwork network_;
};

TEST_F(PushInterface, IsThatOfIfaceOrBind) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--iface", "lan"}, {"--bind", "10.9.0.1"}}) {
    Form form(network_);
    const Outcome outcome = push_there(form.port, options);
    EXPECT_EQ(outcome.exit_code, 0) << options.front() << ": " << outcome.error;
    EXPECT_THAT(form.process.read_line().value_or(""), HasSubstr(whole_image()));
  }
  Form form(network_);
  const Outcome lost = push_there(form.port, {"--timeout", "1", "--retries", "0"});
  EXPECT_EQ(lost.exit_code, 5) << "the route of the VPN applies: " << lost.error;
}

TEST_F(PushInterface, RefusesAnAddressThatIsNotOurs) {
  const Outcome foreign = push_there("80", {"--bind", "10.9.0.7", "--retries", "0"});
  EXPECT_EQ(foreign.exit_code, 5);
  EXPECT_THAT(foreign.error, HasSubstr("10.9.0.7 is not an address of this computer"));
  const Outcome other = push_there("80", {"--bind", "::1", "--retries", "0"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error, HasSubstr("cannot be reached from ::1"));
}

}  // namespace
}  // namespace otatool::test
