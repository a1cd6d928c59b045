#include "otatool/wire/ack_scanner.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace otatool::wire {
namespace {

using State = AckScanner::State;

std::string text_of(const AckScanner& scanner) {
  return {scanner.error_text(), scanner.error_length()};
}

/// Feeds `stream` whole, byte by byte and in two pieces at every split; all must agree.
void expect_verdict(std::string_view stream, State state, std::string_view text) {
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    AckScanner scanner;
    scanner.feed(stream.data(), split);
    scanner.feed(stream.data() + split, stream.size() - split);
    scanner.finish();
    EXPECT_EQ(scanner.state(), state) << stream << " split at " << split;
    EXPECT_EQ(text_of(scanner), text) << stream << " split at " << split;
  }
  AckScanner scanner;
  for (const char& c : stream) {
    scanner.feed(&c, 1);
  }
  scanner.finish();
  EXPECT_EQ(scanner.state(), state) << stream;
  EXPECT_EQ(text_of(scanner), text) << stream;
}

TEST(AckScanner, CountsAreSignsOfLifeOnly) {
  expect_verdict("", State::Counting, "");
  expect_verdict("1460", State::Counting, "");
  expect_verdict("536536388", State::Counting, "");
}

TEST(AckScanner, FindsOkGluedToCounts) {
  expect_verdict("OK", State::Ok, "");
  expect_verdict("392OK", State::Ok, "");
  expect_verdict("10241024OK", State::Ok, "");
  expect_verdict("1024OKOK", State::Ok, "");
  expect_verdict("1024\r\nOK", State::Ok, "");
}

TEST(AckScanner, KeepsErrorTextsOfBothLineages) {
  expect_verdict("1460ERROR[4]: Not Enough Space\n", State::Error, "ERROR[4]: Not Enough Space");
  expect_verdict("Wrong Magic Byte\r\n", State::Error, "Wrong Magic Byte");
  expect_verdict("UNKNOWN", State::Error, "UNKNOWN");
  expect_verdict("No Error\r\n", State::Error, "No Error");
  expect_verdict("1460Flash Write Failed\r\nOK", State::Error, "Flash Write Failed");
}

TEST(AckScanner, OkMustBeExact) {
  expect_verdict("O", State::Error, "O");
  expect_verdict("1460Out of memory\n", State::Error, "Out of memory");
}

TEST(AckScanner, AnUnfinishedTextIsNotDecided) {
  AckScanner scanner;
  scanner.feed("12ERR", 5);
  EXPECT_TRUE(scanner.speaking());
  EXPECT_FALSE(scanner.decided());
  scanner.finish();
  EXPECT_TRUE(scanner.decided());
}

TEST(AckScanner, CutsEndlessTexts) {
  const std::string endless(10'000, 'E');
  expect_verdict(
      endless.substr(0, 300), State::Error, endless.substr(0, AckScanner::kMaxErrorLength));
}

}  // namespace
}  // namespace otatool::wire
