#include "firmware/core/boot/boot.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/updater.hpp"
#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::firmware {
namespace {

using testing::Cut;
using testing::sample_image;
using Image = std::vector<std::uint8_t>;

/// A small flash, so that a test can try every operation: 16 sectors for applications.
constexpr std::uint32_t kBootFlashSize = 32 * kSectorSize;
constexpr FlashMap kMap{
    0, 16 * kSectorSize, 0, 16 * kSectorSize, 16 * kSectorSize, 30 * kSectorSize, 31 * kSectorSize};

/// A compressible application.
Image packable_image(std::size_t size) {
  Image image = sample_image(size);
  for (std::uint8_t& byte : image) {
    byte &= 0x0F;
  }
  image[0] = 0xE9;
  return image;
}

class Boot : public ::testing::Test {
 protected:
  BootReport boot() {
    alignas(4) static std::uint8_t sector[kSectorSize];
    return run_boot_command(flash_, kMap, sector, &inflater_);
  }

  void install(const Image& image) {
    std::copy(image.begin(), image.end(), flash_.cells().begin());
  }

  /// Running size 0: the updater may stage an image anywhere.
  void stage(const Image& image, std::uint32_t running_size) {
    JournalInstaller installer(flash_, kMap, running_size);
    Updater updater(flash_, kMap, installer, {nullptr, nullptr, &packages_});
    UpdateRequest request{wire::Command::Flash, static_cast<std::uint32_t>(image.size()), {}};
    from_hex(testing::md5_of(image).data(), sizeof(request.md5), request.md5);
    ASSERT_EQ(updater.begin(request), UpdateError::None);
    ASSERT_EQ(updater.write(image.data(), image.size()), UpdateError::None);
    ASSERT_EQ(updater.end(), UpdateError::None);
  }

  void put(const wire::BootCommand& command) {
    wire::format_boot_command(command, flash_.cells().data() + kMap.command);
  }

  Image application(std::size_t size) const {
    return flash_.bytes(0, static_cast<std::uint32_t>(size));
  }

  /// Stages a package without any check.
  void put_package(const Image& package) {
    const auto size = static_cast<std::uint32_t>(package.size());
    const std::uint32_t source = 16 * kSectorSize - whole_sectors(size);
    std::copy(package.begin(), package.end(), flash_.cells().begin() + source);
    put({wire::BootAction::Unpack, source, 0, size, wire::crc32(0, package.data(), size)});
  }

  testing::RamFlash flash_{kBootFlashSize};
  Image window_ = Image(Inflater::kWindowBytes);
  Inflater inflater_{window_.data()};
  GzipPackageVerifier packages_{inflater_};
};

TEST_F(Boot, DoesNothingWithoutACommand) {
  EXPECT_EQ(boot().outcome, BootOutcome::Nothing);
  EXPECT_EQ(flash_.operations, 0U);
}

TEST_F(Boot, CopiesTheImageAndWithdrawsTheCommand) {
  const Image image = sample_image(10'001);
  stage(image, 0);
  const BootReport report = boot();
  EXPECT_EQ(report.outcome, BootOutcome::Applied);
  EXPECT_EQ(report.size, 10'001U);
  EXPECT_FALSE(report.resumed);
  EXPECT_EQ(application(image.size()), image);
  EXPECT_EQ(boot().outcome, BootOutcome::Nothing);
}

TEST_F(Boot, SkipsSectorsWithTheRightContent) {
  Image image = sample_image(std::size_t{4} * kSectorSize);
  install(image);
  image[kSectorSize] ^= 0xFF;
  stage(image, 4 * kSectorSize);
  flash_.erases = 0;
  EXPECT_EQ(boot().outcome, BootOutcome::Applied);
  // The first one may have been left half written by a power cut.
  EXPECT_EQ(flash_.erases, 2U);
  EXPECT_EQ(application(image.size()), image);
}

TEST_F(Boot, CopiesAnImageThatOverlapsItsStagingArea) {
  const Image image = sample_image(15 * kSectorSize - 5);
  stage(image, 0);
  EXPECT_EQ(boot().outcome, BootOutcome::Applied);
  EXPECT_EQ(application(image.size()), image);
}

TEST_F(Boot, RefusesADamagedStagedImage) {
  const Image old = sample_image(8'000, 2);
  install(old);
  stage(sample_image(10'000), 8'000);
  flash_.cells()[16 * kSectorSize - 12'288 + 9'999] ^= 4;
  EXPECT_EQ(boot().outcome, BootOutcome::Refused);
  EXPECT_EQ(application(old.size()), old);
  EXPECT_EQ(boot().outcome, BootOutcome::Nothing);
}

TEST_F(Boot, ErasesAnUnverifiedFilesystem) {
  const Image image = sample_image(10'000);
  std::copy(image.begin(), image.end(), flash_.cells().begin() + kMap.filesystem);
  put({wire::BootAction::EraseFilesystem, kMap.filesystem, 0, 5 * kSectorSize, 0});
  EXPECT_EQ(boot().outcome, BootOutcome::Erased);
  // Two of the five sectors were blank.
  EXPECT_EQ(flash_.erases, 3U);
  EXPECT_EQ(flash_.bytes(kMap.filesystem, 10'000), Image(10'000, 0xFF));
  EXPECT_EQ(boot().outcome, BootOutcome::Nothing);
}

TEST_F(Boot, ErasesNothingButTheFilesystem) {
  const Image old = sample_image(std::size_t{16} * kSectorSize, 3);
  std::fill(flash_.cells().begin() + kMap.filesystem, flash_.cells().begin() + kMap.command, 0x55);
  using enum wire::BootAction;
  for (const wire::BootCommand& command :
       {wire::BootCommand{EraseFilesystem, 0, 0, kSectorSize, 0},
        wire::BootCommand{EraseFilesystem, kMap.filesystem + 4, 0, kSectorSize, 0},
        wire::BootCommand{EraseFilesystem, kMap.filesystem, 0, 14 * kSectorSize + 1, 0},
        wire::BootCommand{EraseFilesystem, kMap.filesystem_end, 0, kSectorSize, 0},
        wire::BootCommand{EraseFilesystem, 0xFFFFF000, 0, kSectorSize, 0}}) {
    install(old);
    put(command);
    EXPECT_EQ(boot().outcome, BootOutcome::Erased);
    EXPECT_EQ(flash_.erases, 0U);
    EXPECT_EQ(application(old.size()), old);
    EXPECT_EQ(boot().outcome, BootOutcome::Nothing);
  }
}

TEST_F(Boot, WithdrawsInvalidCommands) {
  const Image old = sample_image(std::size_t{16} * kSectorSize, 3);
  const std::uint32_t source = 8 * kSectorSize;
  using enum wire::BootAction;
  for (const wire::BootCommand& command :
       {wire::BootCommand{CopyRaw, source + 4, 0, 100, 0},
        wire::BootCommand{CopyRaw, source, kSectorSize, 100, 0},
        wire::BootCommand{CopyRaw, source, 0, 0, 0},
        wire::BootCommand{CopyRaw, source, 0, 8 * kSectorSize + 1, 0},
        wire::BootCommand{CopyRaw, source, 0, 0xFFFFFFFF, 0},
        wire::BootCommand{CopyRaw, 0, 0, 100, wire::crc32(0, old.data(), 100)},
        wire::BootCommand{CopyRaw, 16 * kSectorSize, 0, 100, 0},
        wire::BootCommand{CopyRaw, 0xFFFFF000, 0, 100, 0}}) {
    install(old);
    put(command);
    EXPECT_EQ(boot().outcome, BootOutcome::Refused) << command.source << ' ' << command.size;
    EXPECT_EQ(application(old.size()), old);
    EXPECT_EQ(boot().outcome, BootOutcome::Nothing);
  }
}

TEST_F(Boot, MakesAProgressMarkStableThatACutLeftWeak) {
  const Image image = sample_image(std::size_t{3} * kSectorSize);
  const std::vector<std::uint8_t> blank = flash_.cells();
  constexpr std::uint32_t kSeeds = 16;
  bool finished = false;
  for (std::uint32_t run = 0; !finished; ++run) {
    flash_.cells() = blank;
    stage(image, 0);
    flash_.seed(run);
    flash_.cut_power_at(run / kSeeds, testing::Cut::Weak);
    finished = boot().outcome == BootOutcome::Applied;
    flash_.power_up();
    boot();
    EXPECT_TRUE(flash_.is_stable(kMap.command + wire::kBootProgressOffset, 4)) << run;
    EXPECT_EQ(application(image.size()), image) << run;
  }
}

TEST_F(Boot, IgnoresARecordWithAChangedBit) {
  std::uint8_t record[wire::kBootCommandLength];
  wire::BootCommand out{};
  wire::format_boot_command({wire::BootAction::CopyRaw, 0x8000, 0, 100, 7}, record);
  ASSERT_TRUE(wire::parse_boot_command(record, out));
  for (std::size_t bit = 0; bit < 8 * sizeof(record); ++bit) {
    record[bit / 8] = static_cast<std::uint8_t>(record[bit / 8] ^ 1U << bit % 8);
    EXPECT_FALSE(wire::parse_boot_command(record, out)) << bit;
    record[bit / 8] = static_cast<std::uint8_t>(record[bit / 8] ^ 1U << bit % 8);
  }
}

TEST_F(Boot, AFlashFailureKeepsTheCommand) {
  const Image image = sample_image(10'000);
  stage(image, 0);
  flash_.fail_read = true;
  EXPECT_EQ(boot().outcome, BootOutcome::Failed);
  flash_.fail_read = false;
  flash_.fail_erase = true;
  EXPECT_EQ(boot().outcome, BootOutcome::Failed);
  flash_.fail_erase = false;
  flash_.fail_write = true;
  EXPECT_EQ(boot().outcome, BootOutcome::Failed);
  flash_.fail_write = false;
  EXPECT_EQ(boot().outcome, BootOutcome::Applied);
  EXPECT_EQ(application(image.size()), image);
}

TEST_F(Boot, UnpacksAPackageAndWithdrawsTheCommand) {
  for (const std::size_t size : {1U, 4095U, 4096U, 4097U, 30'001U}) {
    const Image image = packable_image(size);
    stage(testing::pack_with_zlib(image), 0);
    const BootReport report = boot();
    EXPECT_EQ(report.outcome, BootOutcome::Applied) << size;
    EXPECT_EQ(report.size, size);
    EXPECT_FALSE(report.resumed);
    EXPECT_EQ(application(size), image);
    const auto rest = flash_.bytes(
        static_cast<std::uint32_t>(size),
        whole_sectors(static_cast<std::uint32_t>(size)) - static_cast<std::uint32_t>(size));
    EXPECT_TRUE(std::all_of(rest.begin(), rest.end(), [](auto byte) { return byte == 0xFF; }));
    EXPECT_EQ(boot().outcome, BootOutcome::Nothing);
  }
}

TEST_F(Boot, RefusesDamagedPackagesBeforeTheFirstWrite) {
  const Image old = sample_image(8'000, 2);
  const Image good = testing::pack_with_zlib(packable_image(20'000));
  Image wrong_sum = good;
  wrong_sum[good.size() - 5] ^= 1;
  Image longer = good;
  longer.push_back(0);
  const Image truncated(good.begin(), good.end() - 100);
  for (const Image& package :
       {wrong_sum, longer, truncated, sample_image(5'000), testing::pack_with_zlib({})}) {
    install(old);
    put_package(package);
    EXPECT_EQ(boot().outcome, BootOutcome::Refused);
    EXPECT_EQ(application(old.size()), old);
    EXPECT_EQ(boot().outcome, BootOutcome::Nothing);
  }
}

TEST_F(Boot, RefusesAPackageThatWouldOverwriteItself) {
  const Image fits = Image(std::size_t{15} * kSectorSize, 0xE9);
  put_package(testing::pack_with_zlib(fits));
  EXPECT_EQ(boot().outcome, BootOutcome::Applied);
  EXPECT_EQ(application(fits.size()), fits);
  flash_ = testing::RamFlash(kBootFlashSize);
  put_package(testing::pack_with_zlib(Image(std::size_t{15} * kSectorSize + 1, 0xE9)));
  flash_.erases = 0;
  EXPECT_EQ(boot().outcome, BootOutcome::Refused);
  EXPECT_EQ(flash_.erases, 0U);
}

TEST_F(Boot, RefusesPackagesWithoutAnInflater) {
  alignas(4) static std::uint8_t sector[kSectorSize];
  stage(testing::pack_with_zlib(packable_image(9'000)), 0);
  flash_.erases = 0;
  EXPECT_EQ(run_boot_command(flash_, kMap, sector).outcome, BootOutcome::Refused);
  EXPECT_EQ(flash_.erases, 0U);
}

TEST_F(Boot, APackageDamagedAfterTheFirstSectorsKeepsTheCommand) {
  const Image image = packable_image(20'000);
  stage(testing::pack_with_zlib(image), 0);
  flash_.cut_power_at(6, Cut::Before);
  EXPECT_EQ(boot().outcome, BootOutcome::Failed);
  flash_.power_up();
  flash_.cells()[16 * kSectorSize - kSectorSize] ^= 1;
  const BootReport report = boot();
  EXPECT_EQ(report.outcome, BootOutcome::Failed);
  EXPECT_TRUE(report.resumed);
  flash_.cells()[16 * kSectorSize - kSectorSize] ^= 1;
  EXPECT_EQ(boot().outcome, BootOutcome::Applied);
  EXPECT_EQ(application(image.size()), image);
}

}  // namespace
}  // namespace otatool::firmware
