#include "cli/frame/invocation.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class InvocationTest : public testing::Test {
 protected:
  Invocation with(const std::string& option, const std::string& value) {
    return {OptionValues{{option, {value}}}, {}, messages_};
  }
  std::optional<milliseconds> seconds(const std::string& text) {
    return with("timeout", text).seconds("timeout").value_or(std::nullopt);
  }

  Messages messages_{MessageOptions{}};
};

TEST_F(InvocationTest, ReturnsFlagsAndValues) {
  const Invocation invocation({{"fs", {""}}, {"match", {"a", "b"}}}, {"x"}, messages_);
  EXPECT_TRUE(invocation.flag("fs"));
  EXPECT_FALSE(invocation.flag("all"));
  EXPECT_EQ(invocation.value("match"), "b");
  EXPECT_EQ(invocation.value("bind"), std::nullopt);
  EXPECT_THAT(invocation.values("match"), ElementsAre("a", "b"));
  EXPECT_THAT(invocation.arguments(), ElementsAre("x"));
}

TEST_F(InvocationTest, ReadsNumbersWithinTheirLimits) {
  EXPECT_EQ(with("port", "8266").number("port", 1, 65535).value(), 8266U);
  EXPECT_EQ(with("port", "1").number("port", 1, 65535).value(), 1U);
  EXPECT_EQ(with("x", "x").number("port", 1, 65535).value(), std::nullopt);
  for (const char* bad :
       {"", "0", "65536", "-1", "+1", " 1", "1 ", "0x10", "1e3", "99999999999999999999"}) {
    const auto number = with("port", bad).number("port", 1, 65535);
    ASSERT_FALSE(number) << bad;
    EXPECT_EQ(number.error().code(), Errc::Usage);
    EXPECT_EQ(number.error().message(),
              "option '--port': '" + std::string(bad) + "' is not a whole number from 1 to 65535");
  }
}

TEST_F(InvocationTest, ReadsSeconds) {
  EXPECT_EQ(seconds("2"), milliseconds(2000));
  EXPECT_EQ(seconds("2.5"), milliseconds(2500));
  EXPECT_EQ(seconds(".25"), milliseconds(250));
  EXPECT_EQ(seconds("0.001"), milliseconds(1));
  EXPECT_EQ(seconds("86400"), milliseconds(86400000));
  for (const char* bad : {"",
                          "0",
                          "0.0",
                          "-1",
                          "1.",
                          ".",
                          "1.0005",
                          "86400.001",
                          "inf",
                          "1s",
                          "1,5",
                          "99999999999"}) {
    const auto result = with("timeout", bad).seconds("timeout");
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code(), Errc::Usage);
  }
}

TEST_F(InvocationTest, ReadsChoices) {
  constexpr std::array<std::string_view, 2> kChoices = {"auto", "md5"};
  EXPECT_EQ(with("auth-hash", "md5").choice("auth-hash", kChoices).value(), 1U);
  EXPECT_EQ(with("x", "x").choice("auth-hash", kChoices).value(), std::nullopt);
  const auto bad = with("auth-hash", "MD5").choice("auth-hash", kChoices);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), Error(Errc::Usage, "option '--auth-hash': 'MD5' is not one of auto, md5"));
}

TEST_F(InvocationTest, ReportsThePlaceOfABadValue) {
  const Invocation invocation(
      {{"port", {"x"}}}, {{"port", {Origin::Environment, "OTATOOL_PORT"}}}, {}, messages_);
  EXPECT_EQ(invocation.origin("port"), Origin::Environment);
  EXPECT_EQ(invocation.origin("bind"), std::nullopt);
  EXPECT_EQ(invocation.number("port", 1, 9).error().message(),
            "OTATOOL_PORT: 'x' is not a whole number from 1 to 9");
}

TEST_F(InvocationTest, ReturnsASecretOnce) {
  Invocation invocation = with("password", "s3cret");
  EXPECT_EQ(invocation.take_secret("password")->reveal(), "s3cret");
  EXPECT_FALSE(invocation.take_secret("password"));
  EXPECT_FALSE(invocation.flag("password"));
}

}  // namespace
}  // namespace otatool::cli
