// Uploads over a network that drops large packets without an ICMP error, as some VPNs do.
#include "tests/support/large_packets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class LargePackets : public StockUpload {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
    const Outcome rules = run_there(kDropLargePackets);
    if (is_not_permitted(rules)) {
      GTEST_SKIP() << rules.error;
    }
    ASSERT_EQ(rules.exit_code, 0) << rules.error;
  }
};

TEST_F(LargePackets, AnUploadContinuesWithSmallSegmentsAfterAStall) {
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome =
      run(upload_call({device.target(), "--stall-timeout", "1", "--retries", "1"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("with TCP segments of 536 bytes"));
  EXPECT_THAT(device.end_by_itself(), HasSubstr("md5=" + image_md5()));
}

TEST_F(LargePackets, AStallHintsAtTheMtu) {
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome = upload(device, {"--stall-timeout", "1"});
  EXPECT_EQ(outcome.exit_code, 5) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("MTU"));
}

}  // namespace
}  // namespace otatool::test
