// Uploads while a route of a VPN covers the network of the device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class UploadInterface : public StockUpload {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
    const Outcome links = run_there(
        "ip link add lan type veth peer name lan-peer; ip link set lan-peer up; ip address add "
        "10.9.0.1/24 dev lan; ip link set lan up\n"
        "ip link add vpn type veth peer name vpn-peer; ip link set vpn-peer up; ip address add "
        "10.7.0.1/24 dev vpn; ip link set vpn up\n"
        "ip route add 10.9.0.2/32 dev vpn\n");
    if (is_not_permitted(links)) {
      GTEST_SKIP() << links.error;
    }
    ASSERT_EQ(links.exit_code, 0) << links.error;
  }
  [[nodiscard]] std::string plan(std::vector<std::string> options) const {
    options.insert(options.begin(), {"10.9.0.2", "--dry-run"});
    return run(upload_call(options)).output;
  }
};

TEST_F(UploadInterface, IsThatOfIfaceOrBind) {
  EXPECT_THAT(plan({}), HasSubstr("would connect back to 10.7.0.1"));
  EXPECT_THAT(plan({"--iface", "lan"}), HasSubstr("would connect back to 10.9.0.1"));
  EXPECT_THAT(plan({"--bind", "10.9.0.1"}), HasSubstr("would connect back to 10.9.0.1"));
}

}  // namespace
}  // namespace otatool::test
