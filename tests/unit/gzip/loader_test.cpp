// What check_package accepts starts on the model of the loader, and what it refuses would not have:
// signing-gzip-images.md 2.3 and 2.4.
#include <array>

#include <gtest/gtest.h>
#include <zlib.h>

#include "otatool/gzip/pack.hpp"
#include "otatool/gzip/validate.hpp"

#include "tests/support/code_like.hpp"
#include "tests/support/eboot_model.hpp"
#include "tests/support/gzip_peer.hpp"

namespace otatool::gzip {
namespace {

using Buffer = std::vector<std::uint8_t>;
using test::CopyResult;
using test::EbootModel;

constexpr std::size_t kFilesystemStart = 0x40000;
constexpr std::size_t kFlash = 0x60000;

Buffer old_sketch() {
  return test::code_like(50000, 1);
}
Buffer image() {
  return test::code_like(61000, 2);
}

struct Verdict {
  CopyResult result;
  bool new_starts;
  bool old_starts;
};

Verdict installed(Bytes package, Bytes expected) {
  EbootModel device(kFlash, old_sketch());
  const std::size_t source = device.stage_below(kFilesystemStart, package);
  const CopyResult result = device.copy(source, package.size());
  return {result, device.starts(expected), device.old_sketch_starts()};
}

void expect_accepted_and_started(Bytes package) {
  const auto checked = check_package(package);
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_EQ(checked->content, image());
  const Verdict verdict = installed(package, image());
  EXPECT_EQ(verdict.result, CopyResult::Copied);
  EXPECT_TRUE(verdict.new_starts);
}

/// The report's forecast has to be what the model shows.
void expect_refused_as_forecast(Bytes package) {
  const PackageReport report = inspect_package(package);
  ASSERT_TRUE(report.fault);
  const Verdict verdict = installed(package, image());
  SCOPED_TRACE(report.fault_text);
  switch (report.outcome) {
    case LoaderOutcome::Installs:
      EXPECT_TRUE(verdict.new_starts);
      break;
    case LoaderOutcome::Refuses:
      EXPECT_EQ(verdict.result, CopyResult::BadHeader);
      EXPECT_TRUE(verdict.old_starts);
      break;
    case LoaderOutcome::ChangesNothing:
      EXPECT_EQ(verdict.result, CopyResult::Copied);
      EXPECT_TRUE(verdict.old_starts);
      break;
    case LoaderOutcome::Bricks:
      EXPECT_FALSE(verdict.new_starts);
      EXPECT_FALSE(verdict.old_starts);
      break;
    case LoaderOutcome::Undecided:
      ADD_FAILURE() << "a package must have a forecast";
  }
}

TEST(Loader, CopiesAnImageThatIsNotPacked) {
  EXPECT_TRUE(installed(image(), image()).new_starts);
}

TEST(Loader, StartsWhatWePack) {
  for (const PackOptions options : {PackOptions{Compressor::Libdeflate, 1},
                                    PackOptions{Compressor::Libdeflate, 6},
                                    PackOptions{Compressor::Libdeflate, 12},
                                    PackOptions{Compressor::Zopfli, 12}}) {
    const auto package = pack(image(), options);
    ASSERT_TRUE(package);
    expect_accepted_and_started(*package);
  }
}

TEST(Loader, StartsEveryHeaderThatRfc1952Allows) {
  const Buffer empty = {0};
  Buffer text(300, 'n');
  text.push_back(0);
  const test::HeaderShape full = {0x1F, 1700000000, Buffer(5000, 'e'), text, text};
  for (const test::HeaderShape& shape : {test::HeaderShape{},
                                         test::HeaderShape{8, 0, {}, empty, {}},
                                         test::HeaderShape{4, 0, {}, {}, {}},
                                         test::HeaderShape{0x10, 0, {}, {}, empty},
                                         full}) {
    SCOPED_TRACE(static_cast<unsigned>(shape.flags));
    expect_accepted_and_started(test::member(image(), {}, shape));
  }
}

TEST(Loader, StartsEveryKindOfDeflateStream) {
  for (const test::StreamShape& shape : {test::StreamShape{9, 15, Z_DEFAULT_STRATEGY, 0, 0},
                                         test::StreamShape{9, 15, Z_HUFFMAN_ONLY, 0, 0},
                                         test::StreamShape{9, 15, Z_FIXED, 0, 0},
                                         test::StreamShape{0, 15, Z_DEFAULT_STRATEGY, 0, 0},
                                         test::StreamShape{9, 9, Z_DEFAULT_STRATEGY, 0, 0},
                                         test::StreamShape{9, 15, 0, 5000, Z_SYNC_FLUSH},
                                         test::StreamShape{9, 15, 0, 5000, Z_FULL_FLUSH}}) {
    expect_accepted_and_started(test::member(image(), shape));
  }
}

TEST(Loader, RefusesReservedFlagsAndOtherMethods) {
  Buffer package = test::member(image());
  package[3] = 0x80;
  expect_refused_as_forecast(package);
  package[3] = 0;
  package[2] = 9;
  expect_refused_as_forecast(package);
}

TEST(Loader, DoesNotCheckTheCrc) {
  Buffer package = test::member(image());
  package[package.size() - 5] ^= 0x10;
  EXPECT_EQ(inspect_package(package).outcome, LoaderOutcome::Installs);
  expect_refused_as_forecast(package);
}

TEST(Loader, MisreadsTheSizeWithBytesBehindTheTrailer) {
  const Buffer package = test::member(image());
  for (std::size_t extra = 1; extra <= 8; ++extra) {
    Buffer padded = package;
    padded.resize(padded.size() + extra);
    EXPECT_EQ(inspect_package(padded).fault, PackageFault::BytesBehindTrailer);
    expect_refused_as_forecast(padded);
  }
}

TEST(Loader, LosesItselfToASignatureBehindThePackage) {
  Buffer package = *pack(image());
  package.insert(package.end(), 256, 0x5A);
  package.insert(package.end(), {0, 1, 0, 0});
  EXPECT_EQ(inspect_package(package).outcome, LoaderOutcome::Bricks);
  expect_refused_as_forecast(package);

  EbootModel device(kFlash, old_sketch());
  device.copy(device.stage_below(kFilesystemStart, package), package.size());
  // Sector 0 keeps 256 bytes of the loader's 3504.
  EXPECT_EQ(device.flash()[255], image()[255]);
  EXPECT_EQ(device.flash()[256], 0xFF);
}

TEST(Loader, InstallsNeitherOfTwoMembers) {
  Buffer both = test::member(image());
  const Buffer second = test::member(test::code_like(30000, 3));
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_EQ(inspect_package(both).outcome, LoaderOutcome::Bricks);
  expect_refused_as_forecast(both);
}

TEST(Loader, BelievesEveryLieAboutTheSize) {
  for (const std::uint32_t lie : {0U, 1U, 256U, 4096U, 60999U, 0x80000000U, 0xFFFFFFFFU}) {
    Buffer package = test::member(image());
    for (std::size_t i = 0; i < 4; ++i) {
      package[package.size() - 4 + i] = static_cast<std::uint8_t>(lie >> (8 * i));
    }
    SCOPED_TRACE(lie);
    expect_refused_as_forecast(package);
  }
}

TEST(Loader, NeverStartsATruncatedPackage) {
  const Buffer package = test::member(image());
  for (const std::size_t missing : {1U, 4U, 8U, 9U, 1000U, 20000U}) {
    const Bytes cut = Bytes(package).first(package.size() - missing);
    EXPECT_EQ(inspect_package(cut).fault, PackageFault::Truncated);
    SCOPED_TRACE(missing);
    expect_refused_as_forecast(cut);
  }
}

TEST(Loader, WritesGarbageFromAFlippedBit) {
  const Buffer package = test::member(image());
  for (std::size_t at = 11; at < package.size() - 8; at += 997) {
    Buffer flipped = package;
    flipped[at] ^= 4;
    EXPECT_TRUE(inspect_package(flipped).fault) << at;
    EXPECT_FALSE(installed(flipped, image()).new_starts) << at;
  }
}

TEST(Loader, OverwritesItsSourceWhenTheContentIsLargerThanTheFreeSpace) {
  // roundup(content) <= start of the filesystem is the second condition of 2.4.
  const Buffer fits = test::code_like(kFilesystemStart, 4);
  EXPECT_TRUE(installed(*pack(fits), fits).new_starts);
  const Buffer larger = test::code_like(kFilesystemStart + 1, 4);
  EbootModel device(kFlash, old_sketch());
  const Buffer package = *pack(larger);
  device.copy(device.stage_below(kFilesystemStart, package), package.size());
  // The first byte of the filesystem is no longer erased.
  EXPECT_NE(device.flash()[kFilesystemStart], 0xFF);
}

/// Content whose first `easy` bytes pack to nearly nothing: the output runs far ahead.
Buffer uneven(std::size_t easy, std::size_t hard) {
  Buffer content(easy, 0x20);
  const Buffer code = test::code_like(hard, 9);
  content.insert(content.end(), code.begin(), code.end());
  return content;
}

TEST(UnpacksInPlace, IsNeverWrongOnTheSafeSide) {
  int safe = 0;
  int refused_rightly = 0;
  for (const std::size_t sketch : {4096U, 20000U, 50000U, 90000U}) {
    for (std::size_t easy = 0; easy <= 100000; easy += 12500) {
      const Buffer content = uneven(easy, 60000);
      const Buffer package = *pack(content);
      const auto checked = check_package(package);
      ASSERT_TRUE(checked);
      EbootModel device(kFlash, test::code_like(sketch, 1));
      device.copy(device.stage_above_sketch(package), package.size());
      const bool started = device.starts(content);
      if (unpacks_in_place(checked->facts, sketch)) {
        EXPECT_TRUE(started) << sketch << " " << easy;
        ++safe;
      } else if (!started) {
        ++refused_rightly;
      }
    }
  }
  EXPECT_GT(safe, 5);
  EXPECT_GT(refused_rightly, 5);
}

TEST(UnpacksInPlace, MeasuresHowFarTheOutputRunsAhead) {
  // Stored blocks never run ahead; a run of blanks does by nearly its length.
  const auto stored = check_package(test::member(image(), {0, 15, 0, 0, 0}));
  ASSERT_TRUE(stored);
  EXPECT_LE(stored->facts.output_lead, 64U);
  const auto ahead = check_package(*pack(uneven(100000, 60000)));
  ASSERT_TRUE(ahead);
  EXPECT_GT(ahead->facts.output_lead, 99000U);
  EXPECT_LT(ahead->facts.output_lead, 160000U);
}

TEST(UnpacksInPlace, CountsTheSketchInSectorsAndOneMore) {
  PackageFacts facts;
  facts.output_lead = 12288;
  EXPECT_FALSE(unpacks_in_place(facts, 4096));
  EXPECT_TRUE(unpacks_in_place(facts, 4097));
  facts.output_lead += 1;
  EXPECT_FALSE(unpacks_in_place(facts, 8192));
}

}  // namespace
}  // namespace otatool::gzip
