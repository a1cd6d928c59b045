#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/push_fixture.hpp"
#include "tests/support/large_packets.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

TEST_F(PushCommand, ContinuesWithSmallSegmentsAfterAStall) {
  if (const auto reason = enter_own_network()) {
    GTEST_SKIP() << *reason;
  }
  const Outcome rules = run_there(kDropLargePackets);
  if (is_not_permitted(rules)) {
    GTEST_SKIP() << rules.error;
  }
  ASSERT_EQ(rules.exit_code, 0) << rules.error;
  FormProgram form({"esp8266"});
  const Outcome outcome = run(push_call({form.url(), "--stall-timeout", "1", "--retries", "1"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("with TCP segments of 536 bytes"));
}

}  // namespace
}  // namespace otatool::test
