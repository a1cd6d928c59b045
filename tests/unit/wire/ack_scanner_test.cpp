#include "otatool/wire/ack_scanner.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace otatool::wire {
namespace {

using AckState = AckScanner::State;

std::string text_of(const AckScanner& scanner) {
  return {scanner.error_text(), scanner.error_length()};
}

/// Feeds `stream` whole, byte by byte and in two pieces at every split; all must agree.
void expect_verdict(std::string_view stream, AckState state, std::string_view text) {
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
  expect_verdict("", AckState::Counting, "");
  expect_verdict("1460", AckState::Counting, "");
  expect_verdict("536536388", AckState::Counting, "");
}

TEST(AckScanner, FindsOkGluedToCounts) {
  expect_verdict("OK", AckState::Ok, "");
  expect_verdict("392OK", AckState::Ok, "");
  expect_verdict("10241024OK", AckState::Ok, "");
  expect_verdict("1024OKOK", AckState::Ok, "");
  expect_verdict("1024\r\nOK", AckState::Ok, "");
}

TEST(AckScanner, KeepsErrorTextsOfBothLineages) {
  expect_verdict("1460ERROR[4]: Not Enough Space\n", AckState::Error, "ERROR[4]: Not Enough Space");
  expect_verdict("Wrong Magic Byte\r\n", AckState::Error, "Wrong Magic Byte");
  expect_verdict("UNKNOWN", AckState::Error, "UNKNOWN");
  expect_verdict("No Error\r\n", AckState::Error, "No Error");
  expect_verdict("1460Flash Write Failed\r\nOK", AckState::Error, "Flash Write Failed");
}

TEST(AckScanner, OkMustBeExact) {
  expect_verdict("O", AckState::Error, "O");
  expect_verdict("1460Out of memory\n", AckState::Error, "Out of memory");
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
      endless.substr(0, 300), AckState::Error, endless.substr(0, AckScanner::kMaxErrorLength));
}

}  // namespace
}  // namespace otatool::wire
