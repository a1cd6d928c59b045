// Packages that must be refused, with the reason, and rare ones that must be accepted.
#include "firmware/core/package/inflate.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/firmware/inflate/packages.hpp"

namespace otatool::firmware {

// For GoogleTest's messages.
static std::ostream& operator<<(std::ostream& out, InflateResult result) {
  return out << "result " << static_cast<int>(result);
}

namespace {

using testing::Buffer;
using testing::HandMade;
using testing::MemorySink;
using testing::MemorySource;
using testing::pack_with_zlib;
using testing::text_bytes;
using testing::unpack;
using testing::verify;

Buffer small_content() {
  return text_bytes(
      "a small package of small words, small enough to try every bit of it: small, small");
}

Buffer small_package() {
  return pack_with_zlib(small_content());
}

Buffer joined(Buffer first, const Buffer& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

TEST(Inflate, RefusesOtherFiles) {
  EXPECT_EQ(verify({}), InflateResult::Truncated);
  EXPECT_EQ(verify({0x1F}), InflateResult::Truncated);
  EXPECT_EQ(verify({0x1F, 0x8C, 8, 0}), InflateResult::NotGzip);
  EXPECT_EQ(verify(Buffer(100, 0xE9)), InflateResult::NotGzip);
  Buffer package = small_package();
  package[2] = 7;
  EXPECT_EQ(verify(package), InflateResult::UnknownMethod);
  for (const int flag : {0x20, 0x40, 0x80}) {
    package = small_package();
    package[3] = static_cast<std::uint8_t>(flag);
    EXPECT_EQ(verify(package), InflateResult::ReservedFlags) << flag;
  }
}

TEST(Inflate, SkipsEveryHeaderField) {
  const Buffer content = small_content();
  const Buffer package = small_package();
  for (unsigned flags = 0; flags < 32; ++flags) {
    Buffer header(package.begin(), package.begin() + 10);
    header[3] = static_cast<std::uint8_t>(flags);
    if ((flags & 4U) != 0) {
      header = joined(header, {0x2C, 0x01});
      header.resize(header.size() + 300, 0x1F);
    }
    if ((flags & 8U) != 0) {
      header = joined(header, {'n', 'a', 'm', 'e', 0});
    }
    if ((flags & 16U) != 0) {
      header = joined(header, {0});
    }
    if ((flags & 2U) != 0) {
      header = joined(header, {0xAB, 0xCD});
    }
    const auto unpacked = unpack(joined(header, Buffer(package.begin() + 10, package.end())));
    EXPECT_EQ(unpacked.result, InflateResult::Ok) << flags;
    EXPECT_EQ(unpacked.bytes, content) << flags;
  }
}

TEST(Inflate, RefusesBytesAfterTheTrailer) {
  const Buffer package = small_package();
  EXPECT_EQ(verify(joined(package, {0})), InflateResult::TrailingBytes);
  EXPECT_EQ(verify(joined(package, {0x1F})), InflateResult::TrailingBytes);
  EXPECT_EQ(verify(joined(package, {0x1F, 0x8C})), InflateResult::TrailingBytes);
  EXPECT_EQ(verify(joined(package, Buffer(4, 0))), InflateResult::TrailingBytes);
  for (const std::size_t piece : {1U, 7U, 4096U}) {
    EXPECT_EQ(verify(joined(package, package), piece), InflateResult::SecondMember) << piece;
    EXPECT_EQ(verify(joined(package, {0x1F, 0x8B}), piece), InflateResult::SecondMember) << piece;
  }
}

TEST(Inflate, VerifiesCrcAndSize) {
  const Buffer package = small_package();
  for (std::size_t bit = 0; bit < 64; ++bit) {
    Buffer damaged = package;
    std::uint8_t& byte = damaged[damaged.size() - 8 + bit / 8];
    byte = static_cast<std::uint8_t>(byte ^ 1U << (bit % 8));
    EXPECT_EQ(verify(damaged), bit < 32 ? InflateResult::CrcMismatch : InflateResult::SizeMismatch)
        << bit;
  }
}

TEST(Inflate, RefusesEveryTruncation) {
  for (const Buffer& package : {small_package(), pack_with_zlib(small_content(), {0})}) {
    for (std::size_t size = 0; size < package.size(); ++size) {
      const Buffer part(package.begin(), package.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(verify(part), InflateResult::Truncated) << size;
    }
  }
}

TEST(Inflate, NeverAcceptsAFlippedBitThatChangesTheContent) {
  const Buffer content = small_content();
  for (const int level : {0, 1, 9}) {
    const Buffer package = pack_with_zlib(content, {level});
    unsigned accepted = 0;
    for (std::size_t bit = 0; bit < package.size() * 8; ++bit) {
      Buffer damaged = package;
      damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1U << (bit % 8));
      const auto unpacked = unpack(damaged, 7, 100000);
      if (unpacked.result == InflateResult::Ok) {
        ++accepted;
        EXPECT_EQ(unpacked.bytes, content) << bit;
      }
    }
    // 54 bits have no effect: 48 of time, extra flags and system, FTEXT, and 5 of padding in a
    // stored block.
    EXPECT_GE(accepted, 49U);
    EXPECT_LE(accepted, 60U);
  }
}

TEST(Inflate, RefusesInvalidBlocks) {
  EXPECT_EQ(verify(HandMade().bits(1, 1).bits(3, 2).package()), InflateResult::BadBlock);
  EXPECT_EQ(verify(HandMade().bits(1, 3).align().bits(1, 16).bits(1, 16).package()),
            InflateResult::BadBlock);
}

TEST(Inflate, RefusesSymbolsWithoutMeaning) {
  for (const unsigned symbol : {286U, 287U}) {
    EXPECT_EQ(
        verify(HandMade().bits(3, 3).fixed('a').fixed(symbol).code(0, 5).fixed(256).package()),
        InflateResult::BadSymbol);
  }
  for (const unsigned distance : {30U, 31U}) {
    EXPECT_EQ(verify(HandMade()
                         .bits(3, 3)
                         .fixed('a')
                         .fixed(257)
                         .code(distance, 5)
                         .bits(0, 14)
                         .fixed(256)
                         .package()),
              InflateResult::BadSymbol);
  }
}

TEST(Inflate, RefusesDistancesBeforeTheFirstByte) {
  EXPECT_EQ(verify(HandMade().bits(3, 3).fixed(257).code(0, 5).fixed(256).package()),
            InflateResult::DistanceTooFar);
  HandMade made;
  made.bits(3, 3).fixed('a').fixed('b').fixed('c');
  EXPECT_EQ(verify(HandMade(made).fixed(257).code(3, 5).fixed(256).package()),
            InflateResult::DistanceTooFar);
  const auto right =
      unpack(HandMade(made).fixed(257).code(2, 5).fixed(256).package(text_bytes("abcabc")));
  EXPECT_EQ(right.result, InflateResult::Ok);
  EXPECT_EQ(right.bytes, text_bytes("abcabc"));
}

TEST(Inflate, AcceptsBothCodesOfTheLongestLength) {
  // 258 as symbol 285, and as the largest value of symbol 284, which RFC 1951 does not use.
  const Buffer content(259, 'x');
  EXPECT_EQ(
      unpack(HandMade().bits(3, 3).fixed('x').fixed(285).code(0, 5).fixed(256).package(content))
          .bytes,
      content);
  EXPECT_EQ(
      unpack(HandMade().bits(3, 3).fixed('x').fixed(284).bits(31, 5).code(0, 5).fixed(256).package(
                 content))
          .bytes,
      content);
}

TEST(Inflate, StopsAtTheLimit) {
  const Buffer content(10000, 'z');
  const Buffer package = pack_with_zlib(content);
  EXPECT_EQ(unpack(package, 4096, 10000).result, InflateResult::Ok);
  const auto stopped = unpack(package, 4096, 9999);
  EXPECT_EQ(stopped.result, InflateResult::TooLarge);
  EXPECT_EQ(stopped.bytes.size(), 8192U);
  EXPECT_EQ(unpack(package, 4096, 0).result, InflateResult::TooLarge);
  EXPECT_EQ(unpack(pack_with_zlib({}), 4096, 0).result, InflateResult::Ok);
}

TEST(Inflate, WritesWholeRunsAndTheRest) {
  Buffer content(3 * 32768 + 100);
  for (std::size_t i = 0; i < content.size(); ++i) {
    content[i] = static_cast<std::uint8_t>(i * i >> 7U);
  }
  const auto unpacked = unpack(pack_with_zlib(content));
  EXPECT_EQ(unpacked.bytes, content);
  ASSERT_EQ(unpacked.runs.size(), 25U);
  for (std::size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(unpacked.runs[i], Inflater::kRunBytes);
  }
  EXPECT_EQ(unpacked.runs[24], 100U);
}

TEST(Inflate, DistinguishesSourceAndSinkFailures) {
  const Buffer content(20000, 'q');
  const Buffer package = pack_with_zlib(content, {0});
  Buffer window(Inflater::kWindowBytes);
  Inflater inflater(window.data());
  for (std::size_t reads = 0; reads < 20; ++reads) {
    MemorySource source(package, 1000);
    source.fail_after(reads);
    EXPECT_EQ(inflater.run(source, nullptr, UINT32_MAX), InflateResult::SourceFailed);
  }
  for (std::size_t runs = 0; runs < 5; ++runs) {
    MemorySource source(package, 1000);
    MemorySink sink;
    sink.allowed_runs_ = runs;
    EXPECT_EQ(inflater.run(source, &sink, UINT32_MAX), InflateResult::SinkFailed);
    EXPECT_EQ(sink.runs_.size(), runs);
  }
  MemorySource source(package, 1000);
  EXPECT_EQ(inflater.run(source, nullptr, UINT32_MAX), InflateResult::Ok);
  EXPECT_EQ(inflater.size(), content.size());
}

TEST(Inflate, ReadsLittleBeyondTheWrittenRuns) {
  class ProgressSink : public InflateSink {
   public:
    explicit ProgressSink(const MemorySource& source) : source_(source) {}
    bool write(const std::uint8_t*, std::size_t count) override {
      written_ += count;
      // Stored: one byte of package for each unpacked one, 10 of header, 5 for each of 3 blocks.
      EXPECT_LE(source_.position(), written_ + 25 + Inflater::kInputBytes);
      return true;
    }
    const MemorySource& source_;
    std::size_t written_ = 0;
  };
  const Buffer package = pack_with_zlib(Buffer(100000, 'q'), {0});
  MemorySource source(package, 4096);
  ProgressSink sink(source);
  Buffer window(Inflater::kWindowBytes);
  EXPECT_EQ(Inflater(window.data()).run(source, &sink, UINT32_MAX), InflateResult::Ok);
  EXPECT_EQ(sink.written_, 100000U);
}

}  // namespace
}  // namespace otatool::firmware
