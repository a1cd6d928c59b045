#include "firmware/core/incoming_rules.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::firmware {
namespace {

using Image = std::vector<std::uint8_t>;

/// The image of a device without a loader of its own.
UpdateError check_mark(const Image& image, std::uint32_t minimum_version, std::size_t piece = 256) {
  testing::RamFlash flash(kSectorSize);
  const FlashMap map{};
  IncomingRules rules(flash, map, minimum_version);
  for (std::size_t at = 0; at < image.size() && !rules.decided(); at += piece) {
    EXPECT_EQ(rules.add(image.data() + at, std::min(piece, image.size() - at)), UpdateError::None);
  }
  return rules.result();
}

Image with_mark(std::size_t size, std::size_t at, const wire::VersionMark& mark) {
  Image image = testing::sample_image(size);
  std::memcpy(image.data() + at, &mark, sizeof(mark));
  return image;
}

TEST(IncomingRules, FindTheVersionAnywhere) {
  for (const std::size_t piece : {4U, 8U, 60U, 256U, 1000U}) {
    for (std::size_t at = 0; at <= 1000 - sizeof(wire::VersionMark); at += 4) {
      const Image image = with_mark(1000, at, wire::version_mark(7));
      EXPECT_EQ(check_mark(image, 7, piece), UpdateError::None) << at;
      EXPECT_EQ(check_mark(image, 8, piece), UpdateError::VersionOld) << at;
    }
  }
}

TEST(IncomingRules, AMinimumRequiresAMark) {
  EXPECT_EQ(check_mark(testing::sample_image(1000), 0), UpdateError::None);
  EXPECT_EQ(check_mark(testing::sample_image(1000), 1), UpdateError::VersionMissing);
  EXPECT_EQ(check_mark(with_mark(1000, 984, wire::version_mark(1)), 1), UpdateError::None);
  Image cut = with_mark(1000, 984, wire::version_mark(1));
  cut.pop_back();
  EXPECT_EQ(check_mark(cut, 1), UpdateError::VersionMissing);
}

TEST(IncomingRules, AMarkIsWholeAndConsistent) {
  for (std::size_t bit = 0; bit < 8 * sizeof(wire::VersionMark); ++bit) {
    Image image = with_mark(1000, 100, wire::version_mark(7));
    image[100 + bit / 8] = static_cast<std::uint8_t>(image[100 + bit / 8] ^ 1U << bit % 8);
    EXPECT_EQ(check_mark(image, 1), UpdateError::VersionMissing) << bit;
  }
}

TEST(IncomingRules, TheFirstMarkCountsAfterABeginningOfOne) {
  Image image = with_mark(1000, 200, wire::version_mark(9));
  std::memcpy(image.data() + 196, wire::kVersionMarkMagic, 4);
  std::memcpy(image.data() + 100, wire::kVersionMarkMagic, 8);
  const wire::VersionMark later = wire::version_mark(1);
  std::memcpy(image.data() + 300, &later, sizeof(later));
  EXPECT_EQ(check_mark(image, 9), UpdateError::None);
  EXPECT_EQ(check_mark(image, 10), UpdateError::VersionOld);
}

}  // namespace
}  // namespace otatool::firmware
