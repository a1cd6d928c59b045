// The package check of the host and the one of our device share no code; they must agree on every
// package.
#include <algorithm>

#include <gtest/gtest.h>
#include <zlib.h>

#include "otatool/gzip/pack.hpp"
#include "otatool/gzip/validate.hpp"

#include "firmware/core/package/inflate.hpp"
#include "tests/support/code_like.hpp"
#include "tests/support/gzip_peer.hpp"

namespace otatool::gzip {
namespace {

using Buffer = std::vector<std::uint8_t>;
using firmware::InflateResult;

constexpr std::uint32_t kLimit = 1U << 20U;

class Source : public firmware::InflateSource {
 public:
  explicit Source(Bytes bytes) : rest_(bytes) {}
  bool read(std::uint8_t* bytes, std::size_t capacity, std::size_t& count) override {
    count = std::min(capacity, rest_.size());
    std::copy_n(rest_.begin(), count, bytes);
    rest_ = rest_.subspan(count);
    return true;
  }

 private:
  Bytes rest_;
};

class Sink : public firmware::InflateSink {
 public:
  bool write(const std::uint8_t* bytes, std::size_t count) override {
    content.insert(content.end(), bytes, bytes + count);
    return true;
  }
  Buffer content;
};

struct Unpacked {
  InflateResult result;
  Buffer content;
};

Unpacked on_device(Bytes package) {
  Buffer window(firmware::Inflater::kWindowBytes);
  firmware::Inflater inflater(window.data());
  Source source(package);
  Sink sink;
  const InflateResult result = inflater.run(source, &sink, kLimit);
  return {result, std::move(sink.content)};
}

void expect_same_content(Bytes package, const Buffer& content) {
  const auto checked = check_package(package);
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_EQ(checked->content, content);
  const Unpacked unpacked = on_device(package);
  EXPECT_EQ(unpacked.result, InflateResult::Ok);
  EXPECT_EQ(unpacked.content, content);
}

void expect_both_refuse(Bytes package, PackageFault fault, InflateResult result) {
  const PackageReport report = inspect_package(package, kLimit);
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(to_string(*report.fault), to_string(fault));
  EXPECT_EQ(on_device(package).result, result) << report.fault_text;
}

TEST(DeviceInflate, UnpacksOurPackages) {
  for (const std::size_t size : {1U, 4095U, 4096U, 50001U, 50002U, 50003U, 50004U}) {
    const Buffer content = test::code_like(size, 3);
    for (const int level : {1, 6, 12}) {
      expect_same_content(*pack(content, {Compressor::Libdeflate, level}), content);
    }
    expect_same_content(*pack(content, {Compressor::Zopfli, kLargestLevel}), content);
  }
}

TEST(DeviceInflate, UnpacksEveryKindOfStreamAndHeader) {
  const Buffer content = test::code_like(50000, 4);
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED, Z_RLE}) {
    expect_same_content(test::member(content, {9, 15, strategy, 0, 0}), content);
  }
  expect_same_content(test::member(content, {0, 15, 0, 0, 0}), content);
  expect_same_content(test::member(content, {9, 9, 0, 5000, Z_FULL_FLUSH}), content);
  const test::HeaderShape full = {0x1F, 1, Buffer(5000, 'e'), {'n', 0}, {0}};
  expect_same_content(test::member(content, {}, full), content);
}

TEST(DeviceInflate, RefusesForTheSameReasons) {
  const Buffer package = test::member(test::code_like(20000, 5));
  const auto changed = [&package](std::size_t at, unsigned bits) {
    Buffer copy = package;
    copy[at] = static_cast<std::uint8_t>(copy[at] ^ bits);
    return copy;
  };
  const auto extended = [&package](const Buffer& more) {
    Buffer copy = package;
    copy.insert(copy.end(), more.begin(), more.end());
    return copy;
  };
  const std::size_t size = package.size();
  expect_both_refuse(changed(0, 1), PackageFault::NotGzip, InflateResult::NotGzip);
  expect_both_refuse(changed(2, 1), PackageFault::UnknownMethod, InflateResult::UnknownMethod);
  expect_both_refuse(changed(3, 0x80), PackageFault::ReservedFlags, InflateResult::ReservedFlags);
  expect_both_refuse(changed(size - 8, 1), PackageFault::WrongCrc, InflateResult::CrcMismatch);
  expect_both_refuse(changed(size - 4, 1), PackageFault::WrongSize, InflateResult::SizeMismatch);
  expect_both_refuse(extended({0}), PackageFault::BytesBehindTrailer, InflateResult::TrailingBytes);
  expect_both_refuse(extended(package), PackageFault::SecondMember, InflateResult::SecondMember);
  expect_both_refuse(
      test::member(Buffer(kLimit + 1)), PackageFault::TooLarge, InflateResult::TooLarge);
}

TEST(DeviceInflate, AgreesWithTheHostOnEveryPrefixAndFlippedBit) {
  const Buffer package = test::member(test::code_like(600, 6));
  for (std::size_t length = 2; length < package.size(); ++length) {
    expect_both_refuse(
        Bytes(package).first(length), PackageFault::Truncated, InflateResult::Truncated);
  }
  for (std::size_t bit = 0; bit < 8 * package.size(); ++bit) {
    Buffer flipped = package;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_EQ(check_package(flipped).has_value(), on_device(flipped).result == InflateResult::Ok)
        << "bit " << bit;
  }
}

}  // namespace
}  // namespace otatool::gzip
