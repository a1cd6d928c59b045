#include "otatool/gzip/pack.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "otatool/gzip/validate.hpp"

#include "tests/support/code_like.hpp"
#include "tests/support/gzip_peer.hpp"

namespace otatool::gzip {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Buffer = std::vector<std::uint8_t>;

/// Unpacks with zlib's own reading of gzip; empty unless it is exactly one whole member.
Buffer unpacked_by_zlib(Bytes package, std::size_t size) {
  Buffer content(size + 1);
  z_stream state{};
  EXPECT_EQ(inflateInit2(&state, 16 + MAX_WBITS), Z_OK);
  state.next_in = const_cast<Bytef*>(package.data());
  state.avail_in = static_cast<uInt>(package.size());
  state.next_out = content.data();
  state.avail_out = static_cast<uInt>(content.size());
  const int result = inflate(&state, Z_FINISH);
  const bool whole = result == Z_STREAM_END && state.avail_in == 0;
  content.resize(whole ? state.total_out : 0);
  inflateEnd(&state);
  return content;
}

class EveryCompressor : public testing::TestWithParam<PackOptions> {};

TEST_P(EveryCompressor, GivesTheSameBytesBack) {
  for (const std::size_t size : {1U, 2U, 3U, 100U, 4095U, 4096U, 4097U, 30000U}) {
    const Buffer content = test::code_like(size, 7);
    const auto package = pack(content, GetParam());
    ASSERT_TRUE(package) << package.error().message();
    EXPECT_EQ(unpacked_by_zlib(*package, size), content) << size;
    EXPECT_EQ(package->size() % kPackageAlignment, 0U);
    const auto checked = check_package(*package);
    ASSERT_TRUE(checked) << checked.error().message();
    EXPECT_EQ(checked->content, content);
  }
}

TEST_P(EveryCompressor, IsDeterministic) {
  const Buffer content = test::code_like(20000, 3);
  EXPECT_EQ(*pack(content, GetParam()), *pack(content, GetParam()));
}

std::vector<PackOptions> every_compressor() {
  std::vector<PackOptions> all = {{Compressor::Zopfli, kLargestLevel}};
  for (int level = kSmallestLevel; level <= kLargestLevel; ++level) {
    all.push_back({Compressor::Libdeflate, level});
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<PackOptions>& tested) {
  return tested.param.compressor == Compressor::Zopfli
             ? "Zopfli"
             : "Level" + std::to_string(tested.param.level);
}

INSTANTIATE_TEST_SUITE_P(Pack, EveryCompressor, testing::ValuesIn(every_compressor()), name_of);

TEST(Pack, PadsInsideTheHeaderToAMultipleOfFour) {
  std::map<std::size_t, int> seen;
  for (std::size_t size = 2000; size < 2040; ++size) {
    const auto package = pack(test::code_like(size, 1));
    ASSERT_TRUE(package);
    const auto checked = check_package(*package);
    ASSERT_TRUE(checked) << checked.error().message();
    const std::size_t header = checked->facts.header_length;
    EXPECT_EQ(package->size() % 4, 0U);
    EXPECT_EQ(checked->facts.member_length, package->size());
    EXPECT_EQ((*package)[3], header == 10 ? 0 : 0x10);
    ASSERT_GE(header, 10U);
    ASSERT_LE(header, 13U);
    ++seen[header];
  }
  // Every residue of the unpadded length came up.
  EXPECT_EQ(seen.size(), 4U);
}

TEST(Pack, HeaderHoldsNeitherTimeNorName) {
  const auto package = pack(test::code_like(5000, 1));
  ASSERT_TRUE(package);
  const Buffer rest(package->begin() + 4, package->begin() + 10);
  EXPECT_THAT(rest, ElementsAre(0, 0, 0, 0, 2, 0xFF));
}

TEST(Pack, MoreEffortGivesFewerBytes) {
  const Buffer content = test::code_like(60000, 5);
  const std::size_t fastest = pack(content, {Compressor::Libdeflate, 1})->size();
  const std::size_t best = pack(content)->size();
  const std::size_t peer = test::member(content).size();
  EXPECT_LT(best, fastest);
  EXPECT_LT(best, peer);
}

TEST(Pack, RefusesWhatTheLoaderCannotTake) {
  EXPECT_EQ(pack({}).error().code(), Errc::NotAnImage);
  const Buffer content = test::code_like(100, 1);
  for (const int level : {0, -1, 13}) {
    const auto refused = pack(content, {Compressor::Libdeflate, level});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::Usage);
    EXPECT_THAT(refused.error().message(), HasSubstr(std::to_string(level)));
  }
}

TEST(AlignPackage, KeepsTheStreamAndDropsNameAndTime) {
  const Buffer content = test::code_like(9000, 2);
  for (std::size_t length = 0; length < 4; ++length) {
    test::HeaderShape shape;
    shape.flags = 8;
    shape.time = 1700000000;
    shape.name.assign(length, 'x');
    shape.name.push_back(0);
    const Buffer package = test::member(content, {}, shape);
    const auto aligned = align_package(package, kLargestFlashBytes);
    ASSERT_TRUE(aligned) << aligned.error().message();
    EXPECT_EQ(aligned->size() % kPackageAlignment, 0U);
    if (package.size() % kPackageAlignment == 0) {
      EXPECT_EQ(*aligned, package);
      continue;
    }
    const auto before = check_package(package);
    const auto after = check_package(*aligned);
    ASSERT_TRUE(before && after);
    EXPECT_EQ(after->content, content);
    EXPECT_EQ(after->facts.modification_time, 0U);
    EXPECT_TRUE(after->facts.name.empty());
    const auto stream = [](const Buffer& bytes, const PackageFacts& facts) {
      return Buffer(bytes.begin() + static_cast<std::ptrdiff_t>(facts.header_length), bytes.end());
    };
    EXPECT_EQ(stream(*aligned, after->facts), stream(package, before->facts));
  }
}

TEST(AlignPackage, RefusesABrokenPackage) {
  Buffer package = test::member(test::code_like(9000, 2));
  package.push_back(0);
  const auto refused = align_package(package, kLargestFlashBytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::BrokenPackage);
}

}  // namespace
}  // namespace otatool::gzip
