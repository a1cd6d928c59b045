#include "otatool/delta/patch.hpp"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"
#include "otatool/wire/delta_patch.hpp"

#include "tests/support/code_like.hpp"

namespace otatool::delta {
namespace {

using Image = std::vector<std::uint8_t>;
constexpr Digests kDigests{espota::sha256_hex, espota::md5_hex};

void expect_round_trip(const Image& old_image, const Image& new_image) {
  const auto patch = make(old_image, new_image, kDigests);
  ASSERT_TRUE(patch) << patch.error().message();
  const auto made = apply(old_image, *patch, kDigests);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(*made == new_image);
}

Image joined(const Image& first, const Image& second) {
  Image whole = first;
  whole.insert(whole.end(), second.begin(), second.end());
  return whole;
}

/// Code in which every 40th word is an address that has moved.
Image linked(Image code, std::uint8_t base) {
  for (std::size_t i = 0; i + 4 <= code.size(); i += 160) {
    code[i] = static_cast<std::uint8_t>(code[i] + base);
    code[i + 1] = 0x20;
    code[i + 2] = 0x40;
  }
  return code;
}

TEST(Delta, MakesTheNewImageAgain) {
  const Image code = test::code_like(20000, 1);
  const Image other = test::code_like(7000, 2);
  const Image empty_flash(9000, 0xFF);
  expect_round_trip(code, code);
  expect_round_trip(code, other);
  expect_round_trip(code, joined(other, code));
  expect_round_trip(joined(other, code), joined(code, other));
  expect_round_trip(code, Image(code.begin() + 5000, code.end() - 3));
  expect_round_trip(joined(code, empty_flash), joined(empty_flash, code));
  expect_round_trip(empty_flash, joined(empty_flash, empty_flash));
  expect_round_trip({1}, {2});
  expect_round_trip({1}, code);
  expect_round_trip(code, {1});
}

TEST(Delta, MakesImagesOfEveryLengthAroundAWindow) {
  const Image old_image = test::code_like(9000, 3);
  for (const std::size_t size : {1U, 2U, 255U, 4095U, 4096U, 4097U, 8192U, 8999U}) {
    expect_round_trip(
        old_image,
        Image(old_image.begin() + 1, old_image.begin() + 1 + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST(Delta, IsSmallIfOnlyAddressesMoved) {
  const Image code = test::code_like(100'000, 4);
  const Image inserted = joined(test::code_like(300, 5), code);
  const auto patch = make(linked(code, 0), linked(inserted, 44), kDigests);
  ASSERT_TRUE(patch);
  EXPECT_LT(patch->size(), inserted.size() / 15);
}

TEST(Delta, OfTheSameImagesIsTheSame) {
  const Image old_image = test::code_like(30'000, 6);
  const Image new_image = linked(old_image, 3);
  EXPECT_EQ(make(old_image, new_image, kDigests), make(old_image, new_image, kDigests));
}

TEST(Delta, StatesWhatItIsFor) {
  const Image old_image = test::code_like(500, 8);
  const Image new_image = test::code_like(600, 9);
  const auto patch = make(old_image, new_image, kDigests);
  ASSERT_TRUE(patch);
  EXPECT_TRUE(is_patch(*patch));
  EXPECT_FALSE(is_patch(old_image));
  const auto facts = read_facts(*patch, kDigests);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->old_size, 500U);
  EXPECT_EQ(facts->new_size, 600U);
  EXPECT_EQ(facts->old_sha256, espota::sha256_hex(old_image));
  EXPECT_EQ(facts->new_sha256, espota::sha256_hex(new_image));
}

TEST(Delta, AppliesToAnImageWithASignatureBehindIt) {
  const Image old_image = test::code_like(5000, 10);
  const Image new_image = linked(old_image, 9);
  const auto patch = make(old_image, new_image, kDigests);
  ASSERT_TRUE(patch);
  EXPECT_EQ(apply(joined(old_image, Image(260, 7)), *patch, kDigests), new_image);
}

TEST(Delta, RefusesEmptyAndHugeImages) {
  const Image image = {1, 2, 3};
  const Image huge(wire::kDeltaLargestImage + 1);
  EXPECT_EQ(make({}, image, kDigests).error().code(), Errc::NotAnImage);
  EXPECT_EQ(make(image, {}, kDigests).error().code(), Errc::NotAnImage);
  EXPECT_EQ(make(huge, image, kDigests).error().code(), Errc::DoesNotFit);
  EXPECT_EQ(make(image, huge, kDigests).error().code(), Errc::DoesNotFit);
}

}  // namespace
}  // namespace otatool::delta
