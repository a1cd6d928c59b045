// The updater's checks of signatures and gzip packages: each fails alone, and its effect on flash.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/wire/image_trailer.hpp"

#include "firmware/core/updater.hpp"
#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/toy_signature.hpp"
#include "tests/firmware/support/updater_fixture.hpp"

namespace otatool::firmware {
namespace {

using testing::pack_with_zlib;
using testing::sample_image;
using testing::sign;
using testing::ToyVerifier;
using testing::UpdaterChecks;

TEST_F(UpdaterChecks, AcceptsASignedImageAndLeavesItsTrailerOutOfTheCommand) {
  want_signatures();
  for (const std::uint32_t length : {128U, 256U, 384U, 512U}) {
    verifier_.length = length;
    for (const std::size_t size : {1U, 255U, 256U, 4'093U, 9'998U, 9'999U, 10'000U, 10'001U}) {
      const Image payload = sample_image(size);
      ASSERT_EQ(run(sign(payload, length)), UpdateError::None) << size << ' ' << length;
      wire::BootCommand command{};
      ASSERT_TRUE(pending(command));
      EXPECT_EQ(command.size, size);
      EXPECT_EQ(command.image_crc, wire::crc32(0, payload.data(), size));
      EXPECT_EQ(flash_.bytes(command.source, command.size), payload);
    }
  }
}

TEST_F(UpdaterChecks, WithoutAVerifierTheTrailerIsPartOfARawImage) {
  const Image file = sign(sample_image(5'000));
  ASSERT_EQ(run(file), UpdateError::None);
  wire::BootCommand command{};
  ASSERT_TRUE(pending(command));
  EXPECT_EQ(command.size, file.size());
}

TEST_F(UpdaterChecks, RefusesAnUnsignedImage) {
  want_signatures();
  Image unsigned_image = sample_image(5'000);
  std::fill(unsigned_image.end() - 4, unsigned_image.end(), std::uint8_t{0xFF});
  expect_refused(unsigned_image, UpdateError::SignatureMissing);
}

TEST_F(UpdaterChecks, RefusesAnImageSmallerThanItsTrailerAtTheInvitation) {
  want_signatures();
  Updater fresh = updater();
  EXPECT_EQ(fresh.begin({wire::Command::Flash, 260, {}}), UpdateError::SignatureMissing);
  EXPECT_EQ(fresh.begin({wire::Command::Flash, 261, {}}), UpdateError::None);
  EXPECT_EQ(flash_.operations, 0U);
}

TEST_F(UpdaterChecks, RefusesAnImageThatCannotBeCheckedWithTheMemoryThatIsLeft) {
  want_signatures();
  verifier_.out_of_memory = true;
  expect_refused(sign(sample_image(5'000)), UpdateError::OutOfMemory);
}

TEST_F(UpdaterChecks, RefusesALengthThatIncludesItself) {
  want_signatures();
  Image file = sign(sample_image(5'000));
  file[file.size() - 4] = 4;
  expect_refused(file, UpdateError::SignatureLength);
}

TEST_F(UpdaterChecks, ReportsAKeyOfAnotherSize) {
  want_signatures();
  expect_refused(sign(sample_image(5'000), 128), UpdateError::SignatureLength);
  expect_refused(sign(sample_image(5'000), 512), UpdateError::SignatureLength);
}

TEST_F(UpdaterChecks, RefusesOneFlippedBit) {
  want_signatures();
  const Image file = sign(sample_image(1'001));
  for (std::size_t at = 1; at < file.size() - wire::kTrailerLengthSize; ++at) {
    Image changed = file;
    changed[at] ^= 0x10;
    expect_refused(changed, UpdateError::SignatureWrong);
  }
}

TEST_F(UpdaterChecks, ChecksTheMd5AndTheSignature) {
  want_signatures();
  const Image file = sign(sample_image(5'000));
  UpdateRequest wrong = request(file, wire::Command::Flash);
  wrong.md5[0] ^= 1;
  Updater fresh = updater();
  ASSERT_EQ(fresh.begin(wrong), UpdateError::None);
  ASSERT_EQ(fresh.write(file.data(), file.size()), UpdateError::None);
  EXPECT_EQ(fresh.end(), UpdateError::Md5);
}

TEST_F(UpdaterChecks, AnUnusableKeyRefusesEverything) {
  want_signatures();
  const Image file = sign(sample_image(5'000));
  for (const std::uint32_t length : {0U, 513U, 0xFFFFFFFFU}) {
    verifier_.length = length;
    expect_refused(file, UpdateError::SignatureKey);
  }
}

TEST_F(UpdaterChecks, RefusesIfTheFlashCannotBeRead) {
  want_signatures();
  const Image file = sign(sample_image(5'000));
  Updater fresh = updater();
  ASSERT_EQ(fresh.begin(request(file, wire::Command::Flash)), UpdateError::None);
  ASSERT_EQ(fresh.write(file.data(), file.size()), UpdateError::None);
  flash_.fail_read = true;
  EXPECT_EQ(fresh.end(), UpdateError::Read);
}

TEST_F(UpdaterChecks, APackageGetsACommandToUnpackIt) {
  const Image package = pack_with_zlib(sample_image(30'000));
  ASSERT_EQ(run(package), UpdateError::None);
  wire::BootCommand command{};
  ASSERT_TRUE(pending(command));
  EXPECT_EQ(command.action, wire::BootAction::Unpack);
  EXPECT_EQ(command.size, package.size());
}

TEST_F(UpdaterChecks, TheCommandOfASignedPackageExcludesTheSignature) {
  want_signatures();
  const Image package = pack_with_zlib(sample_image(30'000));
  ASSERT_EQ(run(sign(package)), UpdateError::None);
  wire::BootCommand command{};
  ASSERT_TRUE(pending(command));
  EXPECT_EQ(command.action, wire::BootAction::Unpack);
  EXPECT_EQ(command.size, package.size());
  EXPECT_EQ(command.image_crc, wire::crc32(0, package.data(), package.size()));
}

TEST_F(UpdaterChecks, RefusesPackagesWithoutAVerifierForThem) {
  checks_.packages = nullptr;
  expect_refused(pack_with_zlib(sample_image(30'000)), UpdateError::MagicByte);
}

// The rows of signing-gzip-images.md 2.3 that brick a device whose loader has no checks.
TEST_F(UpdaterChecks, ReportsTheFaultOfADamagedPackage) {
  const Image good = pack_with_zlib(sample_image(30'000));
  Image other = good;
  other[3] = 0x80;
  expect_refused(other, UpdateError::PackageDamaged);
  other = good;
  other[other.size() - 8] ^= 1;
  expect_refused(other, UpdateError::PackageSum);
  other = good;
  other[other.size() - 4] ^= 1;
  expect_refused(other, UpdateError::PackageSum);
  for (std::size_t extra = 1; extra <= 4; ++extra) {
    other = good;
    other.resize(good.size() + extra);
    expect_refused(other, UpdateError::PackageTrailing);
  }
  other = good;
  other.insert(other.end(), good.begin(), good.end());
  expect_refused(other, UpdateError::PackageTrailing);
  expect_refused(sign(good), UpdateError::PackageTrailing);
  other = good;
  other.pop_back();
  expect_refused(other, UpdateError::PackageTruncated);
  other = good;
  other.resize(good.size() / 2);
  expect_refused(other, UpdateError::PackageTruncated);
  other = good;
  other[good.size() / 2] ^= 4;
  const UpdateError error = run(other);
  EXPECT_NE(error, UpdateError::None);
  EXPECT_EQ(number_of(error), 32U);
}

TEST_F(UpdaterChecks, RefusesAPackageOfOtherContent) {
  Image image = sample_image(30'000);
  image[0] = 0x50;
  expect_refused(pack_with_zlib(image), UpdateError::MagicByte);
  expect_refused(pack_with_zlib({}), UpdateError::MagicByte);
}

TEST_F(UpdaterChecks, RefusesAPackageThatWouldOverwriteItself) {
  const std::uint32_t room = map_.staging_end - kSectorSize;
  EXPECT_EQ(run(pack_with_zlib(Image(room, 0xE9))), UpdateError::None);
  expect_refused(pack_with_zlib(Image(room + 1, 0xE9)), UpdateError::Space);
}

TEST_F(UpdaterChecks, TextsNameTheFault) {
  char text[kMaxErrorLength];
  const auto line = [&text](UpdateError error) {
    return std::string(text, report(error, {}, text));
  };
  EXPECT_EQ(line(UpdateError::SignatureMissing),
            "ERROR[12]: Signature verification failed: no signature\n");
  EXPECT_EQ(line(UpdateError::SignatureKey),
            "ERROR[12]: Signature verification failed: the device has no usable key\n");
  EXPECT_EQ(line(UpdateError::SignatureLength),
            "ERROR[12]: Signature verification failed: key of another size\n");
  EXPECT_EQ(line(UpdateError::SignatureWrong),
            "ERROR[12]: Signature verification failed: wrong key or changed image\n");
  EXPECT_EQ(line(UpdateError::OutOfMemory), "ERROR[14]: Out of memory\n");
  EXPECT_EQ(line(UpdateError::PackageTruncated),
            "ERROR[32]: Broken gzip package: ends before its trailer\n");
  EXPECT_EQ(line(UpdateError::PackageDamaged),
            "ERROR[32]: Broken gzip package: cannot be unpacked\n");
  EXPECT_EQ(line(UpdateError::PackageSum), "ERROR[32]: Broken gzip package: CRC or size differs\n");
  EXPECT_EQ(line(UpdateError::PackageTrailing),
            "ERROR[32]: Broken gzip package: bytes after its trailer\n");
}

TEST_F(UpdaterChecks, BeginAcceptsUpToTheLargestApplication) {
  for (const std::uint32_t running : {0U, 1U, 4096U, 4097U, 300'000U, testing::kChecksFlashSize}) {
    const std::uint32_t largest = largest_application(map_, running);
    Updater fresh = updater(running);
    const auto begin = [&fresh](std::uint32_t size) {
      return fresh.begin(UpdateRequest{wire::Command::Flash, size, {}});
    };
    EXPECT_EQ(begin(largest + 1), UpdateError::Space) << running;
    EXPECT_EQ(begin(largest), largest == 0 ? UpdateError::Size : UpdateError::None) << running;
  }
}

TEST_F(UpdaterChecks, OnAnEsp32TheLargestApplicationIsAPartition) {
  FlashMap map{};
  ASSERT_TRUE(esp32_flash_map(4 * 1024 * 1024, map));
  EXPECT_EQ(largest_application(map, 0), 0x140000U);
  EXPECT_EQ(largest_application(map, 0x100000), 0x140000U);
}

}  // namespace
}  // namespace otatool::firmware
