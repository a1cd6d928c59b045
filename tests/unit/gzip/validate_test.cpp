// What a package may look like and what may not be sent, row by row of
// signing-gzip-images.md 2.3 and 7. What the loader makes of the same bytes is in loader_test.cpp.
#include "otatool/gzip/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/code_like.hpp"
#include "tests/support/gzip_peer.hpp"

namespace otatool::gzip {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Buffer = std::vector<std::uint8_t>;

Buffer content() {
  return test::code_like(20000, 11);
}

void expect_fault(Bytes package, PackageFault fault, LoaderOutcome outcome, const char* text) {
  const PackageReport report = inspect_package(package);
  ASSERT_TRUE(report.fault.has_value());
  EXPECT_EQ(to_string(*report.fault), to_string(fault));
  EXPECT_EQ(consequence(report.outcome), consequence(outcome));
  EXPECT_THAT(report.fault_text, HasSubstr(text));
  const auto checked = check_package(package);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message(), StartsWith(report.fault_text));
  EXPECT_THAT(checked.error().message(), HasSubstr(consequence(outcome)));
}

TEST(CheckPackage, ReturnsFactsAndContent) {
  test::HeaderShape shape;
  shape.flags = 8;
  shape.time = 1700000000;
  shape.name = {'a', '.', 'b', 0};
  const Buffer package = test::member(content(), {}, shape);
  const auto checked = check_package(package);
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_EQ(checked->content, content());
  EXPECT_EQ(checked->facts.header_length, 14U);
  EXPECT_EQ(checked->facts.member_length, package.size());
  EXPECT_EQ(checked->facts.content_length, 20000U);
  EXPECT_EQ(checked->facts.stored_size, 20000U);
  EXPECT_EQ(checked->facts.loader_size, 20000U);
  EXPECT_EQ(checked->facts.stored_crc, checked->facts.content_crc);
  EXPECT_EQ(checked->facts.modification_time, 1700000000U);
  EXPECT_EQ(checked->facts.name, "a.b");
}

TEST(CheckPackage, WantsGzip) {
  expect_fault({}, PackageFault::NotGzip, LoaderOutcome::Undecided, "the file is empty");
  expect_fault(
      Buffer{0x1F}, PackageFault::NotGzip, LoaderOutcome::Undecided, "it begins with 0x1f");
  expect_fault(Buffer{0xE9, 0x02, 0x03},
               PackageFault::NotGzip,
               LoaderOutcome::Undecided,
               "it begins with 0xe902");
}

TEST(CheckPackage, RefusesAHeaderThatTheLoaderRefuses) {
  Buffer method = test::member(content());
  method[2] = 7;
  expect_fault(method, PackageFault::UnknownMethod, LoaderOutcome::Refuses, "method 7");
  for (const unsigned bit : {0x20U, 0x40U, 0x80U}) {
    Buffer reserved = test::member(content());
    reserved[3] = static_cast<std::uint8_t>(bit);
    expect_fault(reserved, PackageFault::ReservedFlags, LoaderOutcome::Refuses, "flags 0x");
  }
}

TEST(CheckPackage, ComparesTheCrcOfTheHeader) {
  test::HeaderShape shape;
  shape.flags = 2;
  Buffer package = test::member(content(), {}, shape);
  EXPECT_TRUE(check_package(package));
  package[10] ^= 1;
  expect_fault(package, PackageFault::WrongHeaderCrc, LoaderOutcome::Installs, "its own CRC");
}

TEST(CheckPackage, RefusesAWrongCrc) {
  Buffer package = test::member(content());
  package[package.size() - 8] ^= 1;
  expect_fault(package, PackageFault::WrongCrc, LoaderOutcome::Installs, "has the CRC 0x");
}

TEST(CheckPackage, RefusesEveryLieAboutTheSize) {
  struct Lie {
    std::uint32_t size;
    LoaderOutcome outcome;
  };
  for (const Lie& lie : {Lie{0, LoaderOutcome::ChangesNothing},
                         Lie{256, LoaderOutcome::Bricks},
                         Lie{19999, LoaderOutcome::Bricks},
                         Lie{20001, LoaderOutcome::Bricks},
                         Lie{0x7FFFFFFF, LoaderOutcome::Bricks},
                         Lie{0x80000000, LoaderOutcome::ChangesNothing},
                         Lie{0xFFFFFFFF, LoaderOutcome::ChangesNothing}}) {
    Buffer package = test::member(content());
    for (std::size_t i = 0; i < 4; ++i) {
      package[package.size() - 4 + i] = static_cast<std::uint8_t>(lie.size >> (8 * i));
    }
    const std::string text = "unpacks to 20000 bytes and says " + std::to_string(lie.size);
    expect_fault(package, PackageFault::WrongSize, lie.outcome, text.c_str());
  }
}

TEST(CheckPackage, RefusesAnythingBehindTheTrailer) {
  Buffer one = test::member(content());
  one.push_back(0);
  expect_fault(
      one, PackageFault::BytesBehindTrailer, LoaderOutcome::Bricks, "1 byte after the end");

  Buffer four = test::member(content());
  four.resize(four.size() + 4);
  expect_fault(four,
               PackageFault::BytesBehindTrailer,
               LoaderOutcome::ChangesNothing,
               "4 bytes after the end of the gzip data, and the loader reads the last four "
               "bytes, 0, as the unpacked size");
}

TEST(CheckPackage, RefusesASignedPackageAndKnowsWhereItEnds) {
  Buffer package = test::member(content());
  const std::size_t member_length = package.size();
  package.insert(package.end(), 256, 0x5A);
  package.insert(package.end(), {0x00, 0x01, 0x00, 0x00});
  expect_fault(
      package, PackageFault::BytesBehindTrailer, LoaderOutcome::Bricks, "four bytes, 256, as");
  const PackageReport report = inspect_package(package);
  EXPECT_EQ(report.facts.member_length, member_length);
  EXPECT_EQ(report.facts.loader_size, 256U);
  EXPECT_EQ(report.content, content());
}

TEST(CheckPackage, RefusesASecondMember) {
  const Buffer first = test::member(content());
  Buffer both = first;
  const Buffer second = test::member(test::code_like(3000, 12));
  both.insert(both.end(), second.begin(), second.end());
  const std::string text = "second gzip member begins at byte " + std::to_string(first.size());
  expect_fault(both, PackageFault::SecondMember, LoaderOutcome::Bricks, text.c_str());
}

TEST(CheckPackage, RefusesNothing) {
  expect_fault(
      test::member({}), PackageFault::Empty, LoaderOutcome::ChangesNothing, "unpacks to nothing");
}

TEST(CheckPackage, RefusesEveryPrefix) {
  test::HeaderShape shape;
  shape.flags = 0x1F;
  shape.extra = {1, 2, 3};
  shape.name = {'n', 0};
  shape.comment = {'c', 0};
  const Buffer package = test::member(test::code_like(300, 1), {}, shape);
  for (std::size_t length = 2; length < package.size(); ++length) {
    const PackageReport report = inspect_package(Bytes(package).first(length));
    ASSERT_TRUE(report.fault) << length;
    EXPECT_EQ(*report.fault, PackageFault::Truncated) << length;
    EXPECT_THAT(report.fault_text, HasSubstr("cut off after " + std::to_string(length)));
  }
}

TEST(CheckPackage, RefusesEveryFlippedBitThatMatters) {
  const Buffer original = test::code_like(300, 1);
  const Buffer package = test::member(original);
  std::size_t accepted = 0;
  for (std::size_t bit = 0; bit < 8 * package.size(); ++bit) {
    Buffer flipped = package;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    if (const auto checked = check_package(flipped)) {
      EXPECT_EQ(checked->content, original) << "bit " << bit;
      ++accepted;
    }
  }
  // RFC 1952 lets time, XFL, OS and the text flag be anything, RFC 1951 the rest of a last byte.
  EXPECT_GE(accepted, 6U * 8 + 1);
  EXPECT_LE(accepted, 6U * 8 + 1 + 7);
}

TEST(CheckPackage, StopsAtTheLargestContent) {
  const Buffer package = test::member(content());
  EXPECT_TRUE(check_package(package, 20000));
  for (const std::size_t largest : {0U, 1U, 19999U}) {
    const auto refused = check_package(package, largest);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::DoesNotFit);
    EXPECT_THAT(refused.error().message(), HasSubstr(std::to_string(largest) + " byte"));
    EXPECT_LE(inspect_package(package, largest).content.size(), largest);
  }
}

TEST(CheckPackage, ABombIsStoppedEarly) {
  const Buffer zeros(std::size_t{32} << 20U);
  const Buffer bomb = test::member(zeros);
  ASSERT_LT(bomb.size(), 64000U);
  const PackageReport report = inspect_package(bomb);
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(*report.fault, PackageFault::TooLarge);
  EXPECT_LE(report.content.size(), kLargestFlashBytes);
}

}  // namespace
}  // namespace otatool::gzip
