#include "cli/io/progress.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/io/cell_width.hpp"

namespace otatool::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr Progress::Time kStart{};

Progress::Time at(int millis) {
  return kStart + milliseconds(millis);
}

/// The visible part of a bar, without the carriage return and the erasing sequence.
std::string shown(const std::string& text) {
  EXPECT_THAT(text, StartsWith("\r"));
  EXPECT_THAT(text, EndsWith("\x1b[K"));
  return text.substr(1, text.size() - 4);
}

TEST(Progress, SizesAreReadable) {
  EXPECT_EQ(readable_size(0), "0 B");
  EXPECT_EQ(readable_size(1023), "1023 B");
  EXPECT_EQ(readable_size(1024), "1.0 KiB");
  EXPECT_EQ(readable_size(409600), "400.0 KiB");
  EXPECT_EQ(readable_size(1048575), "1.0 MiB");
  EXPECT_EQ(readable_size(4 << 20), "4.0 MiB");
}

TEST(Progress, LinesComeEveryTenPercent) {
  Progress progress(ProgressForm::Lines, "kitchen", 102400, 80);
  EXPECT_THAT(progress.update(0, at(0)), IsEmpty());
  EXPECT_THAT(progress.update(10239, at(500)), IsEmpty());
  EXPECT_EQ(progress.update(10240, at(1000)), "kitchen: 10 %, 10.0 KiB of 100.0 KiB, 10.0 KiB/s\n");
  EXPECT_THAT(progress.update(15000, at(1100)), IsEmpty());
  EXPECT_EQ(progress.update(52000, at(2000)), "kitchen: 50 %, 50.8 KiB of 100.0 KiB, 25.4 KiB/s\n")
      << "tens that were passed in one step are one line";
  EXPECT_THAT(progress.update(102400, at(3000)), StartsWith("kitchen: 100 %"));
  EXPECT_THAT(progress.update(102400, at(4000)), IsEmpty());
  EXPECT_THAT(progress.finish(), IsEmpty());
}

TEST(Progress, RatesBeginWithTheTransfer) {
  Progress progress(ProgressForm::Lines, "kitchen", 102400, 80);
  EXPECT_THAT(progress.update(0, at(0)), IsEmpty());
  EXPECT_THAT(progress.update(0, at(60'000)), IsEmpty()) << "the device was found";
  EXPECT_EQ(progress.update(10240, at(61'000)),
            "kitchen: 10 %, 10.0 KiB of 100.0 KiB, 10.0 KiB/s\n");
}

TEST(Progress, LinesHoldNoCarriageReturn) {
  Progress progress(ProgressForm::Lines, "a\rb\x1b[2J", 10, 80);
  EXPECT_THAT(progress.update(5, at(0)), Not(HasSubstr("\r")));
  EXPECT_THAT(progress.update(10, at(0)), Not(HasSubstr("\x1b")));
}

TEST(Progress, ANewAttemptStartsAgain) {
  Progress progress(ProgressForm::Lines, "kitchen", 1000, 80);
  EXPECT_THAT(progress.update(900, at(0)), StartsWith("kitchen: 90 %"));
  EXPECT_THAT(progress.update(0, at(1000)), IsEmpty());
  EXPECT_EQ(progress.update(500, at(2000)), "kitchen: 50 %, 500 B of 1000 B, 500 B/s\n");
}

TEST(Progress, ASilentOneReturnsNothing) {
  Progress progress(ProgressForm::Silent, "kitchen", 1000, 80);
  EXPECT_THAT(progress.update(0, at(0)), IsEmpty());
  EXPECT_THAT(progress.update(1000, at(5000)), IsEmpty());
  EXPECT_THAT(progress.finish(), IsEmpty());
}

TEST(Progress, ABarHasBytesRateAndTimeLeft) {
  Progress progress(ProgressForm::Bar, "kitchen", 409600, 80);
  EXPECT_EQ(shown(progress.update(0, at(0))), "kitchen  [...............]   0 %  0 B / 400.0 KiB");
  EXPECT_EQ(shown(progress.update(102400, at(1000))),
            "kitchen  [###............]  25 %  100.0 KiB / 400.0 KiB  100.0 KiB/s  3 s left");
  EXPECT_EQ(progress.finish(), "\r\x1b[K");
  EXPECT_THAT(progress.finish(), IsEmpty()) << "there is nothing left to wipe";
}

TEST(Progress, ABarIsNotDrawnTooOften) {
  Progress progress(ProgressForm::Bar, "kitchen", 1000, 80);
  EXPECT_THAT(progress.update(0, at(0)), Not(IsEmpty()));
  EXPECT_THAT(progress.update(10, at(99)), IsEmpty());
  EXPECT_THAT(progress.update(20, at(100)), Not(IsEmpty()));
  EXPECT_THAT(progress.update(1000, at(101)), HasSubstr("100 %")) << "the end is always shown";
}

TEST(Progress, AWaitTakesThePlaceOfTheBar) {
  Progress progress(ProgressForm::Bar, "kitchen", 1000, 40);
  EXPECT_EQ(shown(progress.wait("no reply yet, 27 s left", at(0))),
            "kitchen  no reply yet, 27 s left");
  EXPECT_LT(shown(progress.wait(std::string(100, 'x'), at(1))).size(), 40U);
  EXPECT_EQ(progress.finish(), "\r\x1b[K");
  Progress lines(ProgressForm::Lines, "kitchen", 1000, 40);
  EXPECT_THAT(lines.wait("no reply yet", at(0)), IsEmpty());
}

TEST(Progress, ABarFitsItsTerminal) {
  for (const std::string label :
       {"a-device-with-quite-a-long-name.local",
        "\u53a8\u623f\u53a8\u623f\u53a8\u623f\u53a8\u623f\u53a8\u623f\u53a8\u623f\u53a8"}) {
    for (std::size_t width = 20; width <= 200; ++width) {
      Progress progress(ProgressForm::Bar, label, 4 << 20, width);
      EXPECT_LT(cell_width(shown(progress.update(0, at(0)))), width);
      EXPECT_LT(cell_width(shown(progress.update(1 << 20, at(7'000'000)))), width);
    }
  }
}

TEST(Progress, ANarrowBarShowsTheFirstFacts) {
  Progress progress(ProgressForm::Bar, "kitchen-lamp.local", 4 << 20, 40);
  EXPECT_EQ(shown(progress.update(1 << 20, at(0))), "kitchen-lamp.   25 %  1.0 MiB / 4.0 MiB");
}

TEST(Progress, TimesAreReadable) {
  Progress progress(ProgressForm::Bar, "x", 1000, 120);
  static_cast<void>(progress.update(0, at(0)));
  EXPECT_THAT(progress.update(500, at(75'000)), HasSubstr("1:15 left"));
  EXPECT_THAT(progress.update(501, at(4'000'000)), HasSubstr("1:06:25 left"));
}

TEST(Progress, AnEmptyTransferIsComplete) {
  Progress progress(ProgressForm::Lines, "empty", 0, 80);
  EXPECT_THAT(progress.update(0, at(0)), StartsWith("empty: 100 %"));
}

}  // namespace
}  // namespace otatool::cli
