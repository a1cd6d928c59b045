// Updates of a device with the stock loader: the receiver's command is executed by a model of
// eboot.
#include "firmware/core/boot/eboot_installer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/wire/application_description.hpp"
#include "otatool/wire/eboot_command.hpp"

#include "firmware/core/digest/hex.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/updater.hpp"
#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"
#include "tests/firmware/support/toy_signature.hpp"
#include "tests/support/eboot_model.hpp"

namespace otatool::firmware {
namespace {

using testing::Cut;
using testing::pack_with_zlib;
using Image = std::vector<std::uint8_t>;
using test::CopyResult;

constexpr std::uint32_t kEnd = 20 * kSectorSize;
constexpr FlashMap kEbootMap{.application = 0,
                             .application_end = kEnd,
                             .staging = 0,
                             .staging_end = kEnd,
                             .filesystem = kEnd,
                             .filesystem_end = 24 * kSectorSize,
                             .command = 0,
                             .keeps_flash_config = true};

/// The flash mode and size of all images.
Image board_image(std::size_t size, std::uint8_t seed) {
  Image image = testing::sample_image(size, seed);
  if (size >= 4) {
    image[2] = 2;
    image[3] = 0x4F;
  }
  return image;
}

/// Compresses to about half.
Image packable(std::size_t size, std::uint8_t seed) {
  Image image = board_image(size, seed);
  std::ranges::transform(image, image.begin(), [](auto byte) { return byte & 0x0F; });
  image[0] = 0xE9;
  if (size >= 4) {
    image[3] = 0x4F;
  }
  return image;
}

class EbootInstallerTest : public ::testing::Test {
 protected:
  EbootInstallerTest() { std::copy(old_.begin(), old_.end(), flash_.cells().begin()); }

  UpdateError receive(const Image& file, wire::Command command = wire::Command::Flash) {
    EbootInstaller installer(kEbootMap, static_cast<std::uint32_t>(old_.size()), rtc_.data());
    Updater updater(flash_, kEbootMap, installer, checks_);
    UpdateRequest request{command, static_cast<std::uint32_t>(file.size()), {}};
    from_hex(testing::md5_of(file).data(), sizeof(request.md5), request.md5);
    UpdateError error = updater.begin(request);
    for (std::size_t at = 0; at < file.size() && error == UpdateError::None; at += 1460) {
      error = updater.write(file.data() + at, std::min<std::size_t>(1460, file.size() - at));
    }
    return error == UpdateError::None ? updater.end() : error;
  }

  /// A start of the chip. True if it runs exactly `image` then.
  bool starts(const Image& image, std::optional<CopyResult> expected) {
    test::EbootModel eboot(flash_.cells(), old_);
    EXPECT_EQ(eboot.start(rtc_), expected);
    flash_.cells() = eboot.flash();
    return std::equal(image.begin(), image.end(), flash_.cells().begin());
  }
  bool installs(const Image& image) { return starts(image, CopyResult::Copied); }
  bool stays_old() { return starts(old_, std::nullopt); }

  /// RTC memory after the power was off.
  void lose_rtc_memory() {
    std::mt19937 noise(1);
    std::ranges::generate(rtc_, [&noise] { return static_cast<std::uint32_t>(noise()); });
  }

  const Image old_ = packable(3 * kSectorSize - 100, 1);
  testing::RamFlash flash_{24 * kSectorSize};
  std::array<std::uint32_t, wire::kEbootCommandWords> rtc_{};
  Image window_ = Image(Inflater::kWindowBytes);
  Inflater inflater_{window_.data()};
  GzipPackageVerifier packages_{inflater_};
  testing::ToyVerifier verifier_;
  SoftwareSha256 sha256_;
  ImageChecks checks_{nullptr, nullptr, &packages_};
};

TEST_F(EbootInstallerTest, TheLoaderInstallsARawImage) {
  for (const std::size_t size : {16U, 4095U, 4096U, 30'001U}) {
    const Image image = board_image(size, 2);
    ASSERT_EQ(receive(image), UpdateError::None) << size;
    EXPECT_TRUE(installs(image)) << size;
    EXPECT_TRUE(starts(image, std::nullopt)) << size;
  }
}

TEST_F(EbootInstallerTest, TheLoaderInstallsAPackageWithoutItsSignature) {
  const Image image = packable(30'001, 2);
  checks_ = {&verifier_, &sha256_, &packages_};
  ASSERT_EQ(receive(testing::sign(pack_with_zlib(image))), UpdateError::None);
  EXPECT_TRUE(installs(image));
}

TEST_F(EbootInstallerTest, APackageMayOverwriteItsReadPart) {
  // About ten sectors packed: the unpacked image reaches into the staging area.
  const Image image = packable(kEnd - kSectorSize / 2, 2);
  const Image package = pack_with_zlib(image);
  ASSERT_GT(image.size() + package.size(), std::size_t{kEnd} + std::size_t{8} * kSectorSize);
  ASSERT_EQ(receive(package), UpdateError::None);
  EXPECT_TRUE(installs(image));
}

TEST_F(EbootInstallerTest, RefusesWhatUnpacksIntoTheFilesystem) {
  EXPECT_EQ(receive(pack_with_zlib(packable(kEnd, 2))), UpdateError::None);
  EXPECT_EQ(receive(pack_with_zlib(packable(kEnd + 1, 2))), UpdateError::Space);
  EXPECT_TRUE(stays_old());
}

TEST_F(EbootInstallerTest, RefusesAPackageThatUnpacksOverItsUnreadPart) {
  Image image(std::size_t{19} * kSectorSize, 0);
  image[0] = 0xE9;
  image[2] = 2;
  image[3] = 0x4F;
  const Image package =
      testing::pack_with_filler(image, std::size_t{18} * kSectorSize, std::size_t{5} * kSectorSize);
  ASSERT_EQ(receive(package), UpdateError::Space);
  EXPECT_TRUE(stays_old());
  // The refusal is necessary: eboot would destroy the application.
  test::EbootModel eboot(flash_.cells(), old_);
  EXPECT_FALSE(eboot.copy(eboot.stage_below(kEnd, package), package.size()) == CopyResult::Copied &&
               eboot.starts(image));
}

TEST_F(EbootInstallerTest, RefusesAnImageForAnotherFlash) {
  for (const auto& [at, value] : {std::pair{2U, 0x03}, std::pair{3U, 0x2F}}) {
    Image image = packable(30'000, 2);
    image[at] = static_cast<std::uint8_t>(value);
    EXPECT_EQ(receive(image), UpdateError::FlashConfig);
    EXPECT_EQ(receive(pack_with_zlib(image)), UpdateError::FlashConfig);
    EXPECT_TRUE(stays_old());
  }
  EXPECT_EQ(receive(Image(3, 0xE9)), UpdateError::FlashConfig);
  // The frequency may change.
  Image image = packable(30'000, 2);
  image[3] = 0x40;
  EXPECT_EQ(receive(image), UpdateError::None);
}

TEST_F(EbootInstallerTest, RefusesDamagedPackages) {
  const Image good = pack_with_zlib(packable(20'000, 2));
  Image changed = good;
  changed[good.size() / 2] ^= 1;
  Image longer = good;
  longer.push_back(0);
  Image two = good;
  two.insert(two.end(), good.begin(), good.end());
  for (const Image& package : {changed, longer, two, Image(good.begin(), good.end() - 100)}) {
    EXPECT_NE(receive(package), UpdateError::None);
    EXPECT_TRUE(stays_old());
  }
}

TEST_F(EbootInstallerTest, APowerCutAtAnyOperationLeavesTheOldApplication) {
  const testing::RamFlash before = flash_;
  const Image image = packable(9 * kSectorSize + 77, 2);
  std::uint32_t cuts = 0;
  for (const Image& sent : {image, pack_with_zlib(image)}) {
    for (std::uint32_t kind = 0; kind < testing::kCuts; ++kind) {
      bool cut = true;
      for (std::uint32_t operation = 0; cut; ++operation) {
        flash_ = before;
        rtc_.fill(0);
        flash_.seed(operation);
        flash_.cut_power_at(operation, static_cast<Cut>(kind));
        const UpdateError error = receive(sent);
        cut = !flash_.powered;
        // In the last round the power fails between the answer and the restart.
        EXPECT_EQ(error == UpdateError::None, !cut);
        lose_rtc_memory();
        EXPECT_TRUE(stays_old()) << operation;
        EXPECT_TRUE(flash_.is_stable(0, static_cast<std::uint32_t>(old_.size())));
        flash_.power_up();
        ++cuts;
      }
    }
    // The device still takes the update.
    EXPECT_EQ(receive(sent), UpdateError::None);
    EXPECT_TRUE(installs(image));
  }
  EXPECT_GT(cuts, 500U);
}

TEST_F(EbootInstallerTest, ARestartDuringAnUpdateInstallsNoFormerOne) {
  const testing::RamFlash before = flash_;
  const Image second = board_image(std::size_t{8} * kSectorSize, 3);
  bool cut = true;
  for (std::uint32_t operation = 0; cut; ++operation) {
    flash_ = before;
    ASSERT_EQ(receive(board_image(std::size_t{6} * kSectorSize, 2)), UpdateError::None);
    // A restart without a loss of power keeps RTC memory.
    flash_.cut_power_at(operation, Cut::After);
    const UpdateError error = receive(second);
    cut = !flash_.powered;
    flash_.power_up();
    if (error == UpdateError::None) {
      EXPECT_TRUE(installs(second));
    } else {
      EXPECT_TRUE(stays_old()) << operation;
    }
  }
}

TEST_F(EbootInstallerTest, RefusesAnOldVersion) {
  Image image = packable(30'000, 2);
  const wire::VersionMark mark = wire::version_mark(5);
  std::memcpy(image.data() + 20'000, &mark, sizeof(mark));
  for (const Image& sent : {image, pack_with_zlib(image)}) {
    checks_.minimum_version = 6;
    EXPECT_EQ(receive(sent), UpdateError::VersionOld);
    EXPECT_TRUE(stays_old());
    checks_.minimum_version = 5;
    EXPECT_EQ(receive(sent), UpdateError::None);
  }
  EXPECT_EQ(receive(packable(30'000, 3)), UpdateError::VersionMissing);
}

TEST_F(EbootInstallerTest, ErasesARefusedFilesystem) {
  checks_ = {&verifier_, &sha256_, &packages_};
  Image file = testing::sign(testing::sample_filesystem(9'000, 2));
  ASSERT_EQ(receive(file, wire::Command::Filesystem), UpdateError::None);
  EXPECT_EQ(flash_.bytes(kEnd, 9'000), Image(file.begin(), file.begin() + 9'000));
  file[5'000] ^= 1;
  EXPECT_EQ(receive(file, wire::Command::Filesystem), UpdateError::SignatureWrong);
  EXPECT_EQ(flash_.bytes(kEnd, 9'000), Image(9'000, 0xFF));
  EXPECT_TRUE(stays_old());
}

TEST_F(EbootInstallerTest, RefusesUpdatesThatNoRestartWouldInstall) {
  EbootInstaller installer(kEbootMap, 4'096, rtc_.data(), false);
  Updater updater(flash_, kEbootMap, installer);
  EXPECT_EQ(updater.begin({wire::Command::Flash, 5'000, {}}), UpdateError::Bootstrap);
  EXPECT_EQ(flash_.operations, 0U);
}

TEST_F(EbootInstallerTest, StagesNothingBesideAnUnknownApplication) {
  EbootInstaller installer(kEbootMap, 0, rtc_.data());
  Updater updater(flash_, kEbootMap, installer);
  EXPECT_EQ(updater.begin({wire::Command::Flash, 5'000, {}}), UpdateError::Read);
  EXPECT_EQ(flash_.operations, 0U);
}

TEST_F(EbootInstallerTest, SaysThatThereIsNoTrial) {
  EbootInstaller installer(kEbootMap, 0, rtc_.data());
  TrialState state = TrialState::OnTrial;
  EXPECT_TRUE(installer.read_trial(state));
  EXPECT_EQ(state, TrialState::Unsupported);
}

}  // namespace
}  // namespace otatool::firmware
