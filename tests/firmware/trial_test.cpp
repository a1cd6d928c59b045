#include "firmware/core/boot/trial.hpp"

#include <gtest/gtest.h>

#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/own_images.hpp"

namespace otatool::firmware {
namespace {

using testing::own_image;
using testing::OwnDevice;

class TrialTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { device_.install(old_); }
  std::vector<std::uint8_t> sent(const std::vector<std::uint8_t>& image) const {
    return GetParam() ? testing::pack_with_zlib(image) : image;
  }

  OwnDevice device_;
  const std::vector<std::uint8_t> old_ = own_image(12'000, 1);
  const std::vector<std::uint8_t> fresh_ = own_image(14'000, 2);
};

TEST_P(TrialTest, AConfirmedApplicationStays) {
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  const BootReport report = device_.boot();
  EXPECT_EQ(report.outcome, BootOutcome::Applied);
  EXPECT_TRUE(report.on_trial);
  EXPECT_TRUE(device_.runs(fresh_));
  device_.confirm();
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Nothing);
  EXPECT_TRUE(device_.runs(fresh_));
}

TEST_P(TrialTest, TheNextStartRollsAnUnconfirmedApplicationBack) {
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  EXPECT_TRUE(device_.boot().on_trial);
  const BootReport report = device_.boot();
  EXPECT_EQ(report.outcome, BootOutcome::RolledBack);
  EXPECT_EQ(report.size, old_.size());
  EXPECT_TRUE(device_.runs(old_));
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Nothing);
}

TEST_P(TrialTest, AcceptsAnUpdateAfterARollback) {
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  device_.boot();
  device_.boot();
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  EXPECT_TRUE(device_.boot().on_trial);
  device_.confirm();
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Nothing);
  EXPECT_TRUE(device_.runs(fresh_));
}

TEST_P(TrialTest, RefusesAnUpdateDuringTheTrial) {
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  EXPECT_TRUE(device_.boot().on_trial);
  EXPECT_EQ(device_.receive(sent(old_)), UpdateError::OnTrial);
  EXPECT_EQ(device_.boot().outcome, BootOutcome::RolledBack);
  EXPECT_TRUE(device_.runs(old_));
}

TEST_P(TrialTest, NoTrialWithoutRoomForABackup) {
  // Running, backup and staged image would need 8 + 8 + 5 of 20 sectors; a package needs less, so
  // it gets a larger image.
  const auto running = own_image(std::size_t{GetParam() ? 9U : 8U} * kSectorSize, 1);
  const auto next = own_image(std::size_t{GetParam() ? 10U : 5U} * kSectorSize, 2);
  device_.install(running);
  ASSERT_EQ(device_.receive(sent(next)), UpdateError::None);
  const BootReport report = device_.boot();
  EXPECT_EQ(report.outcome, BootOutcome::Applied);
  EXPECT_FALSE(report.on_trial);
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Nothing);
  EXPECT_TRUE(device_.runs(next));
}

TEST_P(TrialTest, ReceiverAndLoaderRefuseAnotherLoader) {
  auto image = fresh_;
  image[100] ^= 1;
  EXPECT_EQ(device_.receive(sent(image)), UpdateError::LoaderDiffers);
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Nothing);

  FlashMap careless = testing::kOwnMap;
  careless.loader_size = 0;
  OwnDevice other(careless);
  other.install(old_);
  ASSERT_EQ(other.receive(sent(image)), UpdateError::None);
  device_.flash.cells() = other.flash.cells();
  device_.flash.erases = 0;
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Refused);
  EXPECT_EQ(device_.flash.erases, 0U);
  EXPECT_TRUE(device_.runs(old_));
}

TEST_P(TrialTest, RefusesABackupThatWouldOverlap) {
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  const std::vector<std::uint8_t> before = device_.flash.cells();
  wire::BootCommand command{};
  ASSERT_TRUE(wire::parse_boot_command(before.data() + testing::kOwnMap.command, command));
  ASSERT_NE(command.backup, wire::kNoBackup);
  for (const auto& [backup, size] : std::initializer_list<std::pair<std::uint32_t, std::uint32_t>>{
           {0, 12'000},
           {2 * kSectorSize, 12'000},
           {command.source - kSectorSize, 12'000},
           {command.source, 12'000},
           {command.source + kSectorSize, 12'000},
           {command.backup + 4, 12'000},
           {command.backup, 0},
           {command.backup, 0xFFFFFFFF}}) {
    device_.flash.cells() = before;
    command.backup = backup;
    command.backup_size = size;
    wire::format_boot_command(command, device_.flash.cells().data() + testing::kOwnMap.command);
    device_.flash.erases = 0;
    EXPECT_EQ(device_.boot().outcome, BootOutcome::Refused) << backup << ' ' << size;
    EXPECT_EQ(device_.flash.erases, 0U);
    EXPECT_TRUE(device_.runs(old_));
  }
}

TEST_P(TrialTest, ADamagedBackupDoesNotReplaceTheNewApplication) {
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  wire::BootCommand command{};
  ASSERT_TRUE(
      wire::parse_boot_command(device_.flash.cells().data() + testing::kOwnMap.command, command));
  ASSERT_TRUE(device_.boot().on_trial);
  device_.flash.cells()[command.backup + command.backup_size - 1] ^= 1;
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Kept);
  EXPECT_TRUE(device_.runs(fresh_));
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Nothing);
}

TEST_P(TrialTest, ABackupThatWasBegunAgainIsMadeAgain) {
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  // As if a start had read the mark as set, and the one before as missing.
  wire::detail::put_u32(
      device_.flash.cells().data() + testing::kOwnMap.command + wire::kBootKeptMark, 0);
  EXPECT_TRUE(device_.boot().on_trial);
  EXPECT_EQ(device_.boot().outcome, BootOutcome::RolledBack);
  EXPECT_TRUE(device_.runs(old_));
}

TEST_P(TrialTest, ABackupThatIsDamagedWhileItIsRestoredKeepsTheCommand) {
  ASSERT_EQ(device_.receive(sent(fresh_)), UpdateError::None);
  wire::BootCommand command{};
  ASSERT_TRUE(
      wire::parse_boot_command(device_.flash.cells().data() + testing::kOwnMap.command, command));
  ASSERT_TRUE(device_.boot().on_trial);
  std::uint8_t& cell = device_.flash.cells()[command.backup + command.backup_size - 1];
  device_.flash.cut_power_at(6, testing::Cut::Before);
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Failed);
  device_.flash.power_up();
  cell ^= 1;
  EXPECT_EQ(device_.boot().outcome, BootOutcome::Failed);
  cell ^= 1;
  EXPECT_EQ(device_.boot().outcome, BootOutcome::RolledBack);
  EXPECT_TRUE(device_.runs(old_));
}

INSTANTIATE_TEST_SUITE_P(RawAndPacked, TrialTest, ::testing::Bool());

TEST(TrialClock, RestartsTheDeviceAfterItsTime) {
  OwnDevice device;
  device.install(own_image(9'000, 1));
  ASSERT_EQ(device.receive(own_image(9'000, 2)), UpdateError::None);
  device.boot();
  JournalInstaller installer(device.flash, testing::kOwnMap, 9'000);
  Trial trial(installer, device.restart, 1'000);
  ASSERT_TRUE(trial.begin(0xFFFFFF00));
  EXPECT_TRUE(trial.running());
  trial.poll(0xFFFFFF00 + 999);
  EXPECT_EQ(device.restart.count, 0);
  trial.poll(0xFFFFFF00 + 1'000);
  EXPECT_EQ(device.restart.count, 1);
  EXPECT_TRUE(trial.confirm());
  EXPECT_FALSE(trial.running());
  trial.poll(5'000);
  EXPECT_EQ(device.restart.count, 1);
}

TEST(TrialClock, NoTrialWithoutACommand) {
  OwnDevice device;
  JournalInstaller installer(device.flash, testing::kOwnMap, 9'000);
  Trial trial(installer, device.restart, 1'000);
  ASSERT_TRUE(trial.begin(0));
  EXPECT_FALSE(trial.running());
  trial.poll(2'000);
  EXPECT_EQ(device.restart.count, 0);
  device.flash.fail_read = true;
  EXPECT_FALSE(trial.begin(0));
}

}  // namespace
}  // namespace otatool::firmware
