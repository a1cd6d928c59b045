// Nothing in a file may lead a reader beyond its end: every image cut at every length, with every
// header byte flipped and with absurd lengths. What is read too far, the sanitizers see.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "otatool/image/flash_patch.hpp"
#include "otatool/image/upload_check.hpp"

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

using support::Blob;

/// A package whose end is anywhere: the reader must cope with what an unpacker says.
Unpacked claim(Bytes package) {
  Unpacked unpacked;
  unpacked.facts.member_size = package.size() / 2;
  unpacked.content.assign(package.begin(), package.end());
  return unpacked;
}

/// Reads a copy of exactly this size, so that one byte too far is outside of the allocation.
void read_fully(Bytes bytes) {
  const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  const Bytes view(exact.get(), bytes.size());
  const Examined examined = examine(view, support::sha256_hex, claim);
  EXPECT_EQ(examined.file.file_size, bytes.size());
  EXPECT_LE(examined.file.image_size, bytes.size());
  EXPECT_LE(examined.file.payload_size(), bytes.size());
  (void)problems(examined);
  (void)check_upload(examined, {});
  (void)set_flash_mode(view, examined.file, FlashMode::Dio);
}

struct Sample {
  std::string name;
  Blob bytes;
};

std::vector<Sample> samples() {
  const Blob small = support::arduino_image({.code_size = 40});
  return {
      {"arduino", small},
      {"arduino signed", support::with_trailer(small, 128)},
      {"v1", support::v1_image({}, {{0x40100000, support::noise(40, 1)}})},
      {"v2", support::v2_image(64, {{0x40100000, support::noise(40, 1)}})},
      {"esp32", support::esp32_image()},
      {"esp32 signed", support::with_esp32_trailer(support::esp32_image(), support::noise(9, 9))},
      {"esp32 secure boot", support::with_secure_boot_v2(support::esp32_image(), 2, 1)},
      {"partition table", support::partition_table()},
      {"littlefs", support::littlefs_image(4096, 1)},
      {"spiffs", support::spiffs_image(4096, 2, false)},
      {"gzip", support::with_trailer({0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 128)},
  };
}

TEST(Robustness, SurvivesEveryTruncation) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    for (std::size_t size = 0; size <= sample.bytes.size(); ++size) {
      read_fully(Bytes(sample.bytes).first(size));
    }
  }
}

TEST(Robustness, SurvivesATruncatedMergedImageAtEveryBoundary) {
  for (const std::size_t offset : {0x0U, 0x1000U, 0x2000U}) {
    const Blob image = support::merged_image(offset, 0);
    for (const std::size_t boundary : {0x1000U, 0x2000U, 0x8000U, 0x8020U, 0x8080U, 0x10000U}) {
      for (std::size_t size = boundary - 2; size <= boundary + 40; ++size) {
        read_fully(Bytes(image).first(std::min(size, image.size())));
      }
    }
  }
}

TEST(Robustness, SurvivesEveryFlippedHeaderByte) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    const std::size_t size = sample.bytes.size();
    for (std::size_t at = 0; at < size; ++at) {
      const bool header = at < 300 || (at >= 0xFF0 && at < 0x1040) || at + 16 > size;
      if (!header) {
        continue;
      }
      for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
        Blob changed = sample.bytes;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ flip);
        read_fully(changed);
      }
    }
  }
}

TEST(Robustness, SurvivesAbsurdWordsInEveryHeader) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    for (std::size_t at = 0; at + 4 <= std::min<std::size_t>(sample.bytes.size(), 128); ++at) {
      for (const std::uint32_t word : {0U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFF8U, 0xFFFFFFFFU}) {
        Blob changed = sample.bytes;
        support::put_u32(changed, at, word);
        read_fully(changed);
      }
    }
  }
}

TEST(Robustness, TakesOnlyTheWholeImageForAGoodOne) {
  for (const Sample& sample : samples()) {
    if (sample.name != "arduino" && sample.name != "esp32") {
      continue;
    }
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      const Blob cut(sample.bytes.begin(),
                     sample.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(check_upload(examine_image(cut), {}).empty()) << sample.name << " " << size;
    }
    EXPECT_TRUE(check_upload(examine_image(sample.bytes), {}).empty()) << sample.name;
  }
}

}  // namespace
}  // namespace otatool::image
