#include "firmware/core/updater.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/hex.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::firmware {
namespace {

using testing::md5_of;
using testing::sample_image;
using Image = std::vector<std::uint8_t>;

constexpr std::uint32_t kUpdaterFlashSize = 512 * 1024;

class UpdaterTest : public ::testing::Test {
 protected:
  UpdaterTest() { EXPECT_TRUE(esp8266_flash_map(kUpdaterFlashSize, map_)); }

  static UpdateRequest request(const Image& image, wire::Command command = wire::Command::Flash) {
    UpdateRequest request{command, static_cast<std::uint32_t>(image.size()), {}};
    from_hex(md5_of(image).data(), sizeof(request.md5), request.md5);
    return request;
  }

  UpdateError run(const Image& image,
                  std::size_t piece,
                  wire::Command command = wire::Command::Flash) {
    UpdateError error = updater_.begin(request(image, command));
    for (std::size_t at = 0; at < image.size() && error == UpdateError::None; at += piece) {
      error = updater_.write(image.data() + at, std::min(piece, image.size() - at));
    }
    return error == UpdateError::None ? updater_.end() : error;
  }

  bool pending(wire::BootCommand& command) {
    return wire::parse_boot_command(flash_.cells().data() + map_.command, command);
  }

  testing::RamFlash flash_{kUpdaterFlashSize};
  FlashMap map_{};
  JournalInstaller installer_{flash_, map_, 100'000};
  Updater updater_{flash_, (esp8266_flash_map(kUpdaterFlashSize, map_), map_), installer_};
};

TEST_F(UpdaterTest, StagesBelowTheFilesystemAndWritesACommand) {
  for (const std::size_t size : {1U, 3U, 255U, 256U, 257U, 4095U, 4096U, 4097U, 50'001U}) {
    const Image image = sample_image(size);
    ASSERT_EQ(run(image, 1460), UpdateError::None) << size;
    wire::BootCommand command{};
    ASSERT_TRUE(pending(command));
    EXPECT_EQ(command.action, wire::BootAction::CopyRaw);
    EXPECT_EQ(command.source, map_.staging_end - whole_sectors(static_cast<std::uint32_t>(size)));
    EXPECT_EQ(command.destination, 0U);
    EXPECT_EQ(command.size, size);
    EXPECT_EQ(command.image_crc, wire::crc32(0, image.data(), size));
    EXPECT_EQ(flash_.bytes(command.source, command.size), image);
    const auto rest = flash_.bytes(command.source + command.size,
                                   map_.staging_end - command.source - command.size);
    EXPECT_TRUE(std::all_of(rest.begin(), rest.end(), [](auto byte) { return byte == 0xFF; }));
  }
}

TEST_F(UpdaterTest, AcceptsPiecesOfAnySize) {
  const Image image = sample_image(9'001);
  for (const std::size_t piece : {1U, 7U, 256U, 536U, 1460U, 4096U, 10'000U}) {
    EXPECT_EQ(run(image, piece), UpdateError::None) << piece;
    EXPECT_EQ(flash_.bytes(map_.staging_end - 12'288, 9'001), image);
  }
}

TEST_F(UpdaterTest, ErasesEachSectorOnceWhenItIsReached) {
  const Image image = sample_image(12'288);
  ASSERT_EQ(updater_.begin(request(image)), UpdateError::None);
  EXPECT_EQ(flash_.erases, 0U);
  ASSERT_EQ(updater_.write(image.data(), 4096), UpdateError::None);
  EXPECT_EQ(flash_.erases, 1U);
  ASSERT_EQ(updater_.write(image.data() + 4096, 256), UpdateError::None);
  EXPECT_EQ(flash_.erases, 2U);
}

TEST_F(UpdaterTest, ChecksTheSpaceBeforeTheFirstWrite) {
  const std::uint32_t largest = map_.staging_end - whole_sectors(100'000);
  EXPECT_EQ(updater_.begin({wire::Command::Flash, largest, {}}), UpdateError::None);
  for (const std::uint32_t size : {largest + 1,
                                   map_.staging_end,
                                   kUpdaterFlashSize,
                                   kUpdaterFlashSize + 1,
                                   0xFFFFF001U,
                                   0xFFFFFFFFU}) {
    EXPECT_EQ(updater_.begin({wire::Command::Flash, size, {}}), UpdateError::Space) << size;
    EXPECT_FALSE(updater_.active());
  }
  const std::uint32_t filesystem = map_.filesystem_end - map_.filesystem;
  EXPECT_EQ(updater_.begin({wire::Command::Filesystem, filesystem, {}}), UpdateError::None);
  EXPECT_EQ(updater_.begin({wire::Command::Filesystem, filesystem + 1, {}}), UpdateError::Space);
  EXPECT_EQ(updater_.begin({wire::Command::Flash, 0, {}}), UpdateError::Size);
  EXPECT_EQ(flash_.operations, 0U);
}

TEST_F(UpdaterTest, NeverStagesAtTheStartOfTheApplication) {
  JournalInstaller installer(flash_, map_, 0);
  Updater fresh(flash_, map_, installer);
  EXPECT_EQ(fresh.begin({wire::Command::Flash, map_.staging_end, {}}), UpdateError::Space);
  EXPECT_EQ(fresh.begin({wire::Command::Flash, map_.staging_end - kSectorSize, {}}),
            UpdateError::None);
}

TEST_F(UpdaterTest, WritesAFilesystemToItsFinalPlace) {
  Image image = sample_image(5'000);
  image[0] = 0x00;
  ASSERT_EQ(run(image, 1000, wire::Command::Filesystem), UpdateError::None);
  EXPECT_EQ(flash_.bytes(map_.filesystem, 5'000), image);
  wire::BootCommand command{};
  EXPECT_FALSE(pending(command));
}

TEST_F(UpdaterTest, RefusesAnImageByItsFirstByte) {
  for (unsigned first = 0; first < 256; ++first) {
    Image image = sample_image(5'000);
    image[0] = static_cast<std::uint8_t>(first);
    ASSERT_EQ(updater_.begin(request(image)), UpdateError::None);
    const UpdateError error = updater_.write(image.data(), 1);
    EXPECT_EQ(error, first == 0xE9 ? UpdateError::None : UpdateError::MagicByte) << first;
    EXPECT_EQ(updater_.active(), first == 0xE9);
  }
  EXPECT_EQ(flash_.operations, 0U);
}

TEST_F(UpdaterTest, RefusesMoreBytesThanAnnounced) {
  const Image image = sample_image(300);
  ASSERT_EQ(updater_.begin(request(image)), UpdateError::None);
  ASSERT_EQ(updater_.write(image.data(), 299), UpdateError::None);
  const std::uint32_t operations = flash_.operations;
  EXPECT_EQ(updater_.write(image.data(), 2), UpdateError::Size);
  EXPECT_EQ(flash_.operations, operations);
  EXPECT_EQ(updater_.end(), UpdateError::Size);
}

TEST_F(UpdaterTest, RefusesMissingBytes) {
  const Image image = sample_image(300);
  ASSERT_EQ(updater_.begin(request(image)), UpdateError::None);
  ASSERT_EQ(updater_.write(image.data(), 299), UpdateError::None);
  EXPECT_EQ(updater_.end(), UpdateError::Size);
  wire::BootCommand command{};
  EXPECT_FALSE(pending(command));
}

TEST_F(UpdaterTest, ReportsBothDigestsOfAWrongMd5) {
  const Image image = sample_image(300);
  UpdateRequest wrong = request(image);
  wrong.md5[15] ^= 1;
  ASSERT_EQ(updater_.begin(wrong), UpdateError::None);
  ASSERT_EQ(updater_.write(image.data(), 300), UpdateError::None);
  EXPECT_EQ(updater_.end(), UpdateError::Md5);
  char text[kMaxErrorLength];
  const std::string line(text, report(UpdateError::Md5, updater_.mismatch(), text));
  EXPECT_EQ(line,
            "ERROR[7]: MD5 verification failed: expected: " + otatool::to_hex(wrong.md5) +
                ", calculated: " + md5_of(image) + "\n");
  wire::BootCommand command{};
  EXPECT_FALSE(pending(command));
}

TEST_F(UpdaterTest, WithoutAnMd5TheImageIsAccepted) {
  const Image image = sample_image(5'000);
  UpdateRequest unknown{wire::Command::Flash, 5'000, {}};
  unknown.without_md5 = true;
  ASSERT_EQ(updater_.begin(unknown), UpdateError::None);
  ASSERT_EQ(updater_.write(image.data(), image.size()), UpdateError::None);
  EXPECT_EQ(updater_.end(), UpdateError::None);
  wire::BootCommand command{};
  EXPECT_TRUE(pending(command));
  unknown.without_md5 = false;
  ASSERT_EQ(updater_.begin(unknown), UpdateError::None);
  ASSERT_EQ(updater_.write(image.data(), image.size()), UpdateError::None);
  EXPECT_EQ(updater_.end(), UpdateError::Md5);
}

TEST_F(UpdaterTest, ReportsFlashFailures) {
  const Image image = sample_image(5'000);
  flash_.fail_erase = true;
  EXPECT_EQ(run(image, 1000), UpdateError::Erase);
  flash_.fail_erase = false;
  flash_.fail_write = true;
  EXPECT_EQ(run(image, 1000), UpdateError::Write);
  flash_.fail_write = false;
  flash_.fail_read = true;
  EXPECT_EQ(run(image, 1000), UpdateError::Read);
  flash_.fail_read = false;
  EXPECT_EQ(run(image, 1000), UpdateError::None);
}

TEST_F(UpdaterTest, DetectsABitThatTheFlashDidNotStore) {
  const Image image(256, 0xE9);
  ASSERT_EQ(updater_.begin(request(image)), UpdateError::None);
  flash_.flip_next_write = true;
  EXPECT_EQ(updater_.write(image.data(), image.size()), UpdateError::Write);
  EXPECT_FALSE(updater_.active());
}

TEST_F(UpdaterTest, BeginWithdrawsAPendingCommand) {
  ASSERT_EQ(run(sample_image(5'000), 1460), UpdateError::None);
  wire::BootCommand command{};
  ASSERT_TRUE(pending(command));
  ASSERT_EQ(updater_.begin(request(sample_image(6'000))), UpdateError::None);
  EXPECT_FALSE(pending(command));
}

TEST_F(UpdaterTest, ACancelledUpdateAcceptsNoMoreBytes) {
  const Image image = sample_image(300);
  ASSERT_EQ(updater_.begin(request(image)), UpdateError::None);
  updater_.cancel();
  EXPECT_EQ(updater_.write(image.data(), 1), UpdateError::Size);
  EXPECT_EQ(updater_.end(), UpdateError::Size);
}

TEST_F(UpdaterTest, APowerCutLeavesNoCommandOrACompleteOne) {
  const Image image = sample_image(9'000);
  ASSERT_EQ(run(sample_image(8'000, 2), 1460), UpdateError::None);
  const testing::RamFlash before = flash_;
  for (const testing::Cut cut :
       {testing::Cut::Before, testing::Cut::Half, testing::Cut::Garbled, testing::Cut::After}) {
    bool finished = false;
    for (std::uint32_t at = 0; !finished; ++at) {
      flash_ = before;
      flash_.cut_power_at(at, cut);
      finished = run(image, 1460) == UpdateError::None;
      wire::BootCommand command{};
      if (!pending(command)) {
        EXPECT_FALSE(finished);
        continue;
      }
      const auto staged = flash_.bytes(command.source, command.size);
      EXPECT_EQ(command.image_crc, wire::crc32(0, staged.data(), staged.size())) << at;
    }
  }
}

TEST(UpdateErrorText, MatchesTheArduinoUpdater) {
  char text[kMaxErrorLength];
  const auto line = [&text](UpdateError error) {
    return std::string(text, report(error, {}, text));
  };
  EXPECT_EQ(line(UpdateError::None), "ERROR[0]: No Error\n");
  EXPECT_EQ(line(UpdateError::Write), "ERROR[1]: Flash Write Failed\n");
  EXPECT_EQ(line(UpdateError::Erase), "ERROR[2]: Flash Erase Failed\n");
  EXPECT_EQ(line(UpdateError::Read), "ERROR[3]: Flash Read Failed\n");
  EXPECT_EQ(line(UpdateError::Space), "ERROR[4]: Not Enough Space\n");
  EXPECT_EQ(line(UpdateError::Size), "ERROR[5]: Bad Size Given\n");
  EXPECT_EQ(line(UpdateError::Stream), "ERROR[6]: Stream Read Timeout\n");
  EXPECT_EQ(line(UpdateError::MagicByte), "ERROR[10]: Magic byte is not 0xE9\n");
  EXPECT_EQ(line(UpdateError::AlreadyRunning), "ERROR[15]: Update already running\n");
  EXPECT_LE(line(UpdateError::Md5).size(), kMaxErrorLength);
}

}  // namespace
}  // namespace otatool::firmware
