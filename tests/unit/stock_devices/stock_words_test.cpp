#include "tests/support/stock_words.hpp"

#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::testing {
namespace {

using ::testing::HasSubstr;

Result<DeviceSetup> parse(const std::vector<std::string_view>& words) {
  return device_from_words(words);
}

TEST(StockWords, ChooseProfileAndQuirks) {
  const auto setup = parse({"esp32-3.3",
                            "password=a=b c",
                            "loop-delay=250",
                            "loses-ok",
                            "stalls-at=4096",
                            "error-reset-at=20000:1:Flash Write Failed: again"});
  ASSERT_TRUE(setup.has_value());
  EXPECT_EQ(setup->profile.name, "esp32-3.3");
  EXPECT_EQ(setup->profile.udp_port, 0);
  EXPECT_EQ(setup->password, "a=b c");
  EXPECT_EQ(setup->quirks.loop_delay, Millis(250));
  EXPECT_TRUE(setup->quirks.loses_ok);
  EXPECT_FALSE(setup->quirks.glues_ok);
  EXPECT_EQ(setup->quirks.stalls_at, 4096U);
  ASSERT_TRUE(setup->quirks.error_at.has_value());
  EXPECT_EQ(setup->quirks.error_at->at, 20'000U);
  EXPECT_EQ(setup->quirks.error_at->error.number, 1U);
  EXPECT_EQ(setup->quirks.error_at->error.text, "Flash Write Failed: again");
  EXPECT_TRUE(setup->quirks.error_at->reset);
}

TEST(StockWords, EveryProfileIsKnown) {
  for (const Profile& profile : all_profiles()) {
    const auto setup = parse({profile.name});
    ASSERT_TRUE(setup.has_value()) << profile.name;
    EXPECT_EQ(setup->profile.line_end, profile.line_end);
    EXPECT_THAT(known_words(), HasSubstr(std::string(profile.name) + "\n"));
  }
}

TEST(StockWords, RefusesUnknownWords) {
  EXPECT_FALSE(parse({}).has_value());
  EXPECT_FALSE(parse({"esp9999"}).has_value());
  EXPECT_FALSE(parse({"loses-ok"}).has_value());
  for (const char* word : {"loses-oK",
                           "loses-ok=1",
                           "loop-delay",
                           "loop-delay=",
                           "loop-delay=1s",
                           "loop-delay=-1",
                           "loop-delay=99999999999999999999",
                           "stalls-at=10:20",
                           "error-at=100",
                           "error-at=100:1",
                           "error-at=100:1:",
                           "error-at=x:1:text",
                           ""}) {
    const auto setup = parse({"esp8266-3.x", word});
    ASSERT_FALSE(setup.has_value()) << word;
    EXPECT_THAT(setup.error().message(), HasSubstr("'" + std::string(word) + "'"));
  }
}

}  // namespace
}  // namespace otatool::testing
