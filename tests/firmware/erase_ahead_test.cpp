// Blocks of flash, and erasing before the bytes arrive.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/updater.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"
#include "tests/firmware/support/receiver_fixture.hpp"

namespace otatool::firmware {
namespace {

using testing::sample_image;
using Image = std::vector<std::uint8_t>;

constexpr std::uint32_t kFlashSize = 512 * 1024;
constexpr std::uint32_t kBlock = 16 * kSectorSize;

/// The staging area ends between two blocks, and so does the filesystem.
class UpdaterBlocks : public ::testing::Test {
 protected:
  static UpdateRequest request(const Image& image, wire::Command command = wire::Command::Flash) {
    UpdateRequest request{command, static_cast<std::uint32_t>(image.size()), {}};
    from_hex(testing::md5_of(image).data(), sizeof(request.md5), request.md5);
    return request;
  }
  UpdateError send(const Image& image, wire::Command command = wire::Command::Flash) {
    UpdateError error = updater_.begin(request(image, command));
    for (std::size_t at = 0; at < image.size() && error == UpdateError::None; at += 1460) {
      error = updater_.write(image.data() + at, std::min<std::size_t>(1460, image.size() - at));
      if (ahead_) {
        updater_.erase_ahead();
      }
    }
    return error;
  }
  std::uint32_t erased_bytes() const {
    return flash_.erases * kSectorSize + flash_.block_erases * kBlock;
  }

  testing::RamFlash flash_{kFlashSize, kBlock};
  FlashMap map_{.application = 0,
                .application_end = 40 * kSectorSize,
                .staging = 0,
                .staging_end = 40 * kSectorSize,
                .filesystem = 40 * kSectorSize,
                .filesystem_end = 90 * kSectorSize,
                .command = 100 * kSectorSize,
                .loader_size = 0,
                .keeps_backup = false};
  JournalInstaller installer_{flash_, map_, 1'000};
  Updater updater_{flash_, map_, installer_};
  bool ahead_ = false;
};

TEST_F(UpdaterBlocks, AreErasedWhereTheImageFillsThem) {
  for (const bool ahead : {false, true}) {
    ahead_ = ahead;
    flash_.erases = flash_.block_erases = 0;
    std::fill(flash_.cells().begin(), flash_.cells().end(), 0);
    // Sectors 6 to 39: 10 before the first block, one block, 8 behind it.
    const Image image = sample_image(34 * kSectorSize);
    ASSERT_EQ(send(image), UpdateError::None);
    EXPECT_EQ(flash_.block_erases, 1U);
    EXPECT_EQ(flash_.erases, 18U);
    EXPECT_EQ(flash_.bytes(6 * kSectorSize, 34 * kSectorSize), image);
    EXPECT_EQ(flash_.bytes(0, 6 * kSectorSize), Image(6 * kSectorSize, 0));
    EXPECT_EQ(flash_.bytes(40 * kSectorSize, kBlock), Image(kBlock, 0));
  }
}

TEST_F(UpdaterBlocks, OfAFilesystemSpareWhatLiesBehindIt) {
  ahead_ = true;
  std::fill(flash_.cells().begin(), flash_.cells().end(), 0);
  // Sectors 40 to 78: the block from 64 on is not filled.
  const Image image = testing::sample_filesystem(38 * kSectorSize + 1);
  ASSERT_EQ(send(image, wire::Command::Filesystem), UpdateError::None);
  EXPECT_EQ(flash_.block_erases, 1U);
  EXPECT_EQ(flash_.erases, 8U + 15U);
  EXPECT_EQ(flash_.bytes(79 * kSectorSize, kSectorSize), Image(kSectorSize, 0));
}

TEST_F(UpdaterBlocks, AreErasedAheadButNotFarAhead) {
  const Image image = sample_image(34 * kSectorSize);
  ASSERT_EQ(updater_.begin(request(image)), UpdateError::None);
  while (updater_.can_erase_ahead()) {
    updater_.erase_ahead();
  }
  EXPECT_GE(erased_bytes(), kBlock);
  EXPECT_LT(erased_bytes(), 2 * kBlock);
  const std::uint32_t operations = flash_.operations;
  updater_.erase_ahead();
  EXPECT_EQ(flash_.operations, operations);
  ASSERT_EQ(updater_.write(image.data(), kBlock), UpdateError::None);
  EXPECT_EQ(flash_.operations, operations + kBlock / 256);
  EXPECT_TRUE(updater_.can_erase_ahead());
  updater_.cancel();
  EXPECT_FALSE(updater_.can_erase_ahead());
}

TEST_F(UpdaterBlocks, OfAFilesystemStayUntilItsFirstPageIsChecked) {
  const Image application = sample_image(20 * kSectorSize);
  ASSERT_EQ(updater_.begin(request(application, wire::Command::Filesystem)), UpdateError::None);
  EXPECT_FALSE(updater_.can_erase_ahead());
  updater_.erase_ahead();
  EXPECT_EQ(updater_.write(application.data(), 256), UpdateError::NoFilesystem);
  EXPECT_EQ(flash_.operations, 0U);
}

TEST_F(UpdaterBlocks, FailOnceAheadAndAgainWhenTheyAreNeeded) {
  const Image image = sample_image(20 * kSectorSize);
  ASSERT_EQ(updater_.begin(request(image)), UpdateError::None);
  flash_.fail_erase = true;
  updater_.erase_ahead();
  EXPECT_FALSE(updater_.can_erase_ahead());
  updater_.erase_ahead();
  EXPECT_EQ(flash_.erases, 1U);
  EXPECT_EQ(updater_.write(image.data(), 256), UpdateError::Erase);
  EXPECT_EQ(flash_.erases, 2U);
  flash_.fail_erase = false;
  EXPECT_EQ(send(image), UpdateError::None);
}

TEST(EraseAhead, HappensWhileTheReceiverWaits) {
  testing::Device device;
  const Image image = sample_image(100'000);
  device.datagram(testing::invitation(image), testing::kHost);
  EXPECT_EQ(device.flash.erases, 0U);
  EXPECT_EQ(device.receiver.poll_after(device.now), 0U);
  device.receiver.poll(device.now);
  EXPECT_EQ(device.flash.erases, 1U);
  device.receiver.on_connected(device.now);
  device.pass(100);
  EXPECT_EQ(device.flash.erases, 16U);
  EXPECT_GT(device.receiver.poll_after(device.now), 10U);
  device.bytes({image.begin(), image.begin() + 50'000});
  EXPECT_EQ(device.flash.erases, 16U);
  device.pass(100);
  EXPECT_EQ(device.flash.erases, 25U);
  device.bytes({image.begin() + 50'000, image.end()});
  device.pass(300);
  EXPECT_EQ(device.flash.erases, 25U + 1U);  // and the record of the installer
  EXPECT_TRUE(device.boots_next());
}

TEST(EraseAhead, OfAnUpdateByAWebFormIsNotTheReceiversWork) {
  testing::Device device(wire::AuthHash::Md5);
  ASSERT_EQ(device.updater.begin({wire::Command::Flash, 100'000, {}}), UpdateError::None);
  ASSERT_TRUE(device.updater.can_erase_ahead());
  EXPECT_EQ(device.receiver.poll_after(device.now), Receiver::kNever);
  device.datagram(testing::invitation(sample_image(1'000)), testing::kHost);
  EXPECT_GT(device.receiver.poll_after(device.now), 0U);
  device.receiver.poll(device.now);
  EXPECT_EQ(device.flash.erases, 0U);
}

TEST(EraseAhead, OfAFailingFlashEndsTheTransferWithItsError) {
  testing::Device device;
  const Image image = sample_image(10'000);
  testing::begin(device, image);
  device.flash.fail_erase = true;
  device.pass(100);
  EXPECT_EQ(device.receiver.state(), testing::State::Receiving);
  device.bytes(image);
  EXPECT_EQ(device.link.stream, "ERROR[2]: Flash Erase Failed\n");
}

}  // namespace
}  // namespace otatool::firmware
