// Patches that are damaged, or made to deceive their reader.
#include <algorithm>

#include <gtest/gtest.h>
#include <zlib.h>

#include "otatool/delta/patch.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/wire/delta_patch.hpp"

#include "tests/support/code_like.hpp"

namespace otatool::delta {
namespace {

using Image = std::vector<std::uint8_t>;
constexpr Digests kHashes{espota::sha256_hex, espota::md5_hex};

Image gzip_member(const Image& content, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
  Image member(deflateBound(&stream, static_cast<uLong>(content.size())) + 64);
  stream.next_in = const_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = member.data();
  stream.avail_out = static_cast<uInt>(member.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  member.resize(stream.total_out);
  deflateEnd(&stream);
  return member;
}

/// A patch with right hashes around any member.
Image patch_of(const Image& old_image, const Image& new_image, const Image& member) {
  wire::DeltaHeader header{};
  header.old_size = static_cast<std::uint32_t>(old_image.size());
  header.new_size = static_cast<std::uint32_t>(new_image.size());
  std::ranges::copy(*from_hex(espota::sha256_hex(old_image)), header.old_sha256);
  std::ranges::copy(*from_hex(espota::sha256_hex(new_image)), header.new_sha256);
  Image patch(wire::kDeltaHeaderSize);
  wire::format_delta_header(header, patch.data());
  Image covered(patch.begin(), patch.begin() + wire::kDeltaMd5Offset);
  covered.insert(covered.end(), member.begin(), member.end());
  std::ranges::copy(*from_hex(espota::md5_hex(covered)), patch.begin() + wire::kDeltaMd5Offset);
  patch.insert(patch.end(), member.begin(), member.end());
  return patch;
}

class BrokenPatch : public testing::Test {
 protected:
  /// The instructions that copy all of the new image.
  [[nodiscard]] Image copying() const {
    Image stream = {0, 0};
    auto left = static_cast<std::uint32_t>(new_.size());
    for (; left >= 0x80; left >>= 7U) {
      stream.push_back(static_cast<std::uint8_t>(left | 0x80));
    }
    stream.push_back(static_cast<std::uint8_t>(left));
    stream.insert(stream.end(), new_.begin(), new_.end());
    return stream;
  }
  void expect_broken(const Image& patch) const {
    const auto made = apply(old_, patch, kHashes);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Errc::BrokenPatch);
  }

  const Image old_ = test::code_like(3000, 1);
  const Image new_ = test::code_like(9000, 2);
};

TEST_F(BrokenPatch, ByHandIsAccepted) {
  EXPECT_EQ(apply(old_, patch_of(old_, new_, gzip_member(copying(), 12)), kHashes), new_);
}

TEST_F(BrokenPatch, WithOneChangedByteIsRefused) {
  const Image patch = patch_of(old_, new_, gzip_member(copying(), 12));
  for (std::size_t i = 0; i < patch.size(); i += i < wire::kDeltaHeaderSize + 20 ? 1 : 97) {
    Image changed = patch;
    changed[i] ^= 0x40U;
    EXPECT_FALSE(apply(old_, changed, kHashes)) << i;
  }
}

TEST_F(BrokenPatch, ThatEndsEarlyOrLateIsRefused) {
  const Image member = gzip_member(copying(), 12);
  for (std::size_t size = 0; size < member.size(); size += size < 20 ? 1 : 331) {
    expect_broken(patch_of(
        old_, new_, Image(member.begin(), member.begin() + static_cast<std::ptrdiff_t>(size))));
  }
  Image longer = member;
  longer.push_back(0);
  expect_broken(patch_of(old_, new_, longer));
  longer.insert(longer.end(), member.begin(), member.end());
  expect_broken(patch_of(old_, new_, longer));
  expect_broken({});
  expect_broken({0xDE, 'O', 'T', 'A'});
}

TEST_F(BrokenPatch, ThatNeedsMoreMemoryThanADeviceHasIsRefused) {
  Image far = test::code_like(4200, 3);
  const Image repeated(far.begin(), far.begin() + 200);
  far.insert(far.end(), repeated.begin(), repeated.end());
  Image stream = {0, 0, 0xB0, 0x22};  // copies 4400 bytes
  stream.insert(stream.end(), far.begin(), far.end());
  ASSERT_EQ(apply(old_, patch_of(old_, far, gzip_member(stream, 12)), kHashes), far);
  ASSERT_LT(gzip_member(stream, 15).size(), gzip_member(stream, 12).size());
  expect_broken(patch_of(old_, far, gzip_member(stream, 15)));
}

TEST_F(BrokenPatch, WithWrongInstructionsIsRefused) {
  expect_broken(patch_of(old_, new_, gzip_member({}, 12)));
  expect_broken(patch_of(old_, new_, gzip_member({0, 0, 0}, 12)));
  expect_broken(patch_of(old_, new_, gzip_member({1, 1, 0, 0}, 12)));
  Image more = copying();
  more.push_back(0);
  expect_broken(patch_of(old_, new_, gzip_member(more, 12)));
  Image less = copying();
  less.pop_back();
  expect_broken(patch_of(old_, new_, gzip_member(less, 12)));
  Image other = copying();
  other.back() ^= 1U;
  expect_broken(patch_of(old_, new_, gzip_member(other, 12)));
}

TEST_F(BrokenPatch, ForAnotherImageIsRefused) {
  const Image patch = patch_of(old_, new_, gzip_member(copying(), 12));
  Image other = old_;
  other[100] ^= 1U;
  for (const Image& image : {other, Image(old_.begin(), old_.end() - 1), Image{}, new_}) {
    const auto made = apply(image, patch, kHashes);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Errc::OtherImage);
  }
}

}  // namespace
}  // namespace otatool::delta
