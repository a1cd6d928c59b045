// The reader of instructions that host and device share (delta.md 3).
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/wire/delta_patch.hpp"

namespace otatool::wire {
namespace {

using Meaning = DeltaScanner::Meaning;
using Stream = std::vector<std::uint8_t>;

/// True if the stream makes an image of `new_size` bytes from one of 100 bytes.
bool makes(std::uint32_t new_size, const Stream& stream) {
  DeltaScanner scanner(100, new_size);
  bool good = true;
  for (const std::uint8_t byte : stream) {
    good = scanner.feed(byte) != Meaning::Malformed && good;
  }
  return good && scanner.complete();
}

TEST(DeltaScanner, SaysWhatEachByteMeans) {
  DeltaScanner scanner(100, 4);
  // Move 10 on, add 2, copy 1; move 3 back, add 1, copy nothing.
  const Stream stream = {20, 2, 1, 'a', 'b', 'c', 5, 1, 0, 'd'};
  std::vector<Meaning> meanings;
  std::vector<std::uint32_t> positions;
  for (const std::uint8_t byte : stream) {
    meanings.push_back(scanner.feed(byte));
    if (meanings.back() == Meaning::Add) {
      positions.push_back(scanner.old_position());
    }
  }
  const Meaning number = Meaning::Number;
  EXPECT_EQ(meanings,
            (std::vector{number,
                         number,
                         number,
                         Meaning::Add,
                         Meaning::Add,
                         Meaning::Copy,
                         number,
                         number,
                         number,
                         Meaning::Add}));
  EXPECT_EQ(positions, (std::vector<std::uint32_t>{10, 11, 9}));
  EXPECT_TRUE(scanner.complete());
}

TEST(DeltaScanner, ReadsTheWholeOldImageAndNotOneByteMore) {
  Stream whole = {0, 100, 0};
  whole.resize(103);
  EXPECT_TRUE(makes(100, whole));
  EXPECT_FALSE(makes(200, {0, 101, 0}));
  EXPECT_TRUE(makes(1, {0xC6, 1, 1, 0, 7})) << "the last byte of the old image";
  EXPECT_FALSE(makes(1, {0xC8, 1, 1, 0, 7})) << "behind the old image";
  EXPECT_TRUE(makes(1, {0xC8, 1, 0, 1, 7})) << "nothing is added behind the old image";
  EXPECT_FALSE(makes(1, {0xCA, 1, 0, 1, 7})) << "a position beyond the end";
  EXPECT_FALSE(makes(1, {1, 1, 0, 7})) << "a position before the start";
}

TEST(DeltaScanner, RefusesOtherNumbersThanTheShortestForm) {
  EXPECT_TRUE(makes(1, {0, 0, 1, 7}));
  EXPECT_FALSE(makes(1, {0, 0, 0x81, 0, 7}));
  EXPECT_FALSE(makes(1, {0x80, 0x80, 0x80, 0x80, 0x10, 0, 1, 7})) << "33 bits";
  EXPECT_FALSE(makes(1, {0x80, 0x80, 0x80, 0x80, 0x80, 1, 0, 1, 7})) << "six bytes";
  EXPECT_FALSE(makes(1, {0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1, 0, 7})) << "the longest move back";
  EXPECT_FALSE(makes(1, {0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 1, 0, 7})) << "the longest move on";
  EXPECT_FALSE(makes(1, {0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 7}));
  EXPECT_FALSE(makes(1, {0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 7}));
}

TEST(DeltaScanner, RefusesWhatMakesNothingTooMuchOrTooLittle) {
  EXPECT_FALSE(makes(1, {0, 0, 0}));
  EXPECT_FALSE(makes(1, {0, 0, 1})) << "the byte is missing";
  EXPECT_FALSE(makes(2, {0, 0, 1, 7}));
  EXPECT_FALSE(makes(1, {0, 0, 1, 7, 0})) << "another instruction";
  EXPECT_FALSE(makes(1, {0, 1, 1, 7, 7}));
  EXPECT_FALSE(makes(1, {}));
}

TEST(DeltaHeader, IsReadAsItWasWritten) {
  DeltaHeader header{0x01020304, 5, {6}, {7}, {8}};
  header.old_size = 0x00020304;
  std::uint8_t bytes[kDeltaHeaderSize];
  format_delta_header(header, bytes);
  DeltaHeader read{};
  ASSERT_EQ(parse_delta_header(bytes, sizeof(bytes), read), DeltaHeaderState::Valid);
  EXPECT_EQ(read.old_size, 0x00020304U);
  EXPECT_EQ(read.new_size, 5U);
  EXPECT_EQ(read.old_sha256[0], 6);
  EXPECT_EQ(read.new_sha256[0], 7);
  EXPECT_EQ(read.md5[0], 8);
  EXPECT_EQ(parse_delta_header(bytes, sizeof(bytes) - 1, read), DeltaHeaderState::NotDelta);
}

TEST(DeltaHeader, RefusesEveryOtherForm) {
  std::uint8_t bytes[kDeltaHeaderSize];
  DeltaHeader read{};
  const auto state_with = [&](std::size_t at, std::uint8_t value) {
    format_delta_header({1, 1, {}, {}, {}}, bytes);
    bytes[at] = value;
    return parse_delta_header(bytes, sizeof(bytes), read);
  };
  EXPECT_EQ(state_with(0, 0xE9), DeltaHeaderState::NotDelta);
  EXPECT_EQ(state_with(4, 2), DeltaHeaderState::UnknownVersion);
  EXPECT_EQ(state_with(5, 1), DeltaHeaderState::Malformed);
  EXPECT_EQ(state_with(6, 1), DeltaHeaderState::Malformed);
  EXPECT_EQ(state_with(7, 1), DeltaHeaderState::Malformed);
  EXPECT_EQ(state_with(8, 0), DeltaHeaderState::Malformed) << "no old image";
  EXPECT_EQ(state_with(12, 0), DeltaHeaderState::Malformed) << "no new image";
  EXPECT_EQ(state_with(11, 2), DeltaHeaderState::Malformed) << "more than 16 MiB";
  EXPECT_EQ(state_with(15, 2), DeltaHeaderState::Malformed);
  EXPECT_EQ(state_with(14, 255), DeltaHeaderState::Valid);
}

TEST(DeltaAnswer, IsReadOnlyInItsForm) {
  const std::string hash(64, 'a');
  const auto read = [](const std::string& text, RunningImage& out) {
    return parse_delta_answer(text.data(), text.size(), out);
  };
  RunningImage image{};
  const std::string good = "delta 4096 200704 " + hash + "\n";
  ASSERT_TRUE(read(good, image));
  EXPECT_EQ(image.window, 4096U);
  EXPECT_EQ(image.size, 200704U);
  EXPECT_EQ(std::string(image.sha256, 64), hash);
  EXPECT_TRUE(read("delta 4294967295 0 " + hash + "\n", image));
  for (const std::string& bad : {std::string(),
                                 std::string("OK"),
                                 good.substr(0, good.size() - 1),
                                 good + "\n",
                                 "delta 4096 " + hash + "\n",
                                 "delta  4096 1 " + hash + "\n",
                                 "delta 4294967296 1 " + hash + "\n",
                                 "delta 4096 00000000001 " + hash + "\n",
                                 "delta 4096 -1 " + hash + "\n",
                                 "delta 4096 1 " + std::string(64, 'A') + "\n",
                                 "delta 4096 1 " + std::string(64, 'g') + "\n",
                                 "Delta 4096 1 " + hash + "\n"}) {
    EXPECT_FALSE(read(bad, image)) << bad;
  }
}

}  // namespace
}  // namespace otatool::wire
