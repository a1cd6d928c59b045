// Uploads while a route of a VPN covers the network of the device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/vpn_network.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class UploadInterface : public StockUpload {
 protected:
  void SetUp() override {
    if (const auto reason = network_.enter()) {
      GTEST_SKIP() << *reason;
    }
  }
  [[nodiscard]] std::string plan(std::vector<std::string> options) const {
    options.insert(options.begin(), {"10.9.0.2", "--dry-run"});
    return run(upload_call(options)).output;
  }

  VpnNetwork network_;
};

TEST_F(UploadInterface, IsThatOfIfaceOrBind) {
  EXPECT_THAT(plan({}), HasSubstr("would connect back to 10.7.0.1"));
  EXPECT_THAT(plan({"--iface", "lan"}), HasSubstr("would connect back to 10.9.0.1"));
  EXPECT_THAT(plan({"--bind", "10.9.0.1"}), HasSubstr("would connect back to 10.9.0.1"));
}

TEST_F(UploadInterface, IsThatOfTheConnectionToAnEsphomeDevice) {
  Process device(network_.on_device({.program = OTATOOL_BINARY,
                                     .arguments = {"device",
                                                   "--bind",
                                                   "10.9.0.2",
                                                   "--port",
                                                   "0",
                                                   "--esphome",
                                                   "0",
                                                   "--no-announce",
                                                   "--json"}}));
  const int port = next_event(device, "listening").at("esphome").get<int>();
  const std::string target = "esphome://10.9.0.2:" + std::to_string(port);
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--iface", "lan"}, {"--bind", "10.9.0.1"}}) {
    std::vector<std::string> words{target};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = run(upload_call(words));
    EXPECT_EQ(outcome.exit_code, 0) << options.front() << ": " << outcome.error;
  }
}

}  // namespace
}  // namespace otatool::test
