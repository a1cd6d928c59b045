#include "cli/frame/option_reader.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

using testing::HasSubstr;

enum class Speed { None, Typical, Slow };

class OptionReaderTest : public testing::Test {
 protected:
  OptionReader& reader(OptionValues values) {
    invocation_.emplace(std::move(values), std::vector<std::string>(), messages_);
    return reader_.emplace(*invocation_);
  }
  std::string error() {
    const auto outcome = reader_->finish();
    return outcome ? "" : outcome.error().message();
  }

 private:
  Messages messages_{MessageOptions{}};
  std::optional<Invocation> invocation_;
  std::optional<OptionReader> reader_;
};

TEST_F(OptionReaderTest, OptionsThatAreNotSetHaveTheirFallback) {
  OptionReader& read = reader({});
  EXPECT_EQ(read.number<std::uint16_t>("port", {}, 8266), 8266);
  EXPECT_EQ(read.number<std::uint16_t>("port"), std::nullopt);
  EXPECT_EQ(read.seconds("timeout", std::chrono::milliseconds(5)).count(), 5);
  EXPECT_EQ(read.choice("flash-speed", {{"none", Speed::None}, {"slow", Speed::Slow}}, Speed::Slow),
            Speed::Slow);
  EXPECT_EQ(read.text("name", "kitchen"), "kitchen");
  EXPECT_EQ(error(), "");
}

TEST_F(OptionReaderTest, AChoiceHasTheValueOfItsName) {
  OptionReader& read = reader({{"flash-speed", {"slow"}}});
  EXPECT_EQ(read.choice("flash-speed", {{"none", Speed::None}, {"slow", Speed::Slow}}, Speed::None),
            Speed::Slow);
  EXPECT_EQ(error(), "");
}

TEST_F(OptionReaderTest, ABadChoiceQuotesTheValueAndListsTheNames) {
  OptionReader& read = reader({{"flash-speed", {"fast"}}});
  EXPECT_EQ(read.choice("flash-speed", {{"none", Speed::None}, {"slow", Speed::Slow}}, Speed::None),
            Speed::None);
  EXPECT_EQ(error(), "option '--flash-speed': 'fast' is not one of none, slow");
}

TEST_F(OptionReaderTest, TheFirstErrorIsKept) {
  OptionReader& read = reader({{"port", {"70000"}}, {"timeout", {"soon"}}});
  EXPECT_EQ(read.number<std::uint16_t>("port", {}, 1), 1);
  EXPECT_EQ(read.seconds("timeout", std::chrono::milliseconds(1)).count(), 1);
  EXPECT_TRUE(read.failed());
  EXPECT_THAT(error(), HasSubstr("option '--port': '70000' is not a whole number from 0 to 65535"));
}

TEST_F(OptionReaderTest, AnErrorOfAParserGetsTheNameOfItsOption) {
  OptionReader& read = reader({{"size", {"huge"}}});
  const auto parse = [](const std::string& text) -> Result<unsigned> {
    return fail(Errc::Usage, "'" + text + "' is not a size");
  };
  EXPECT_EQ(read.parsed("size", parse, 7U), 7U);
  EXPECT_EQ(error(), "option '--size': 'huge' is not a size");
}

TEST_F(OptionReaderTest, TakesValuesAndErrorsOfResults) {
  OptionReader& read = reader({});
  EXPECT_EQ(read.take(Result<int>(3)), 3);
  EXPECT_FALSE(read.failed());
  EXPECT_EQ(read.take(Result<int>(fail(Errc::FileUnreadable, "gone"))), 0);
  const auto outcome = read.finish(5);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), Error(Errc::FileUnreadable, "gone"));
}

}  // namespace
}  // namespace otatool::cli
