// The updater's checks of filesystem images: what is not verified does not stay in flash.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/wire/image_trailer.hpp"

#include "firmware/core/boot/boot.hpp"
#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/toy_signature.hpp"
#include "tests/firmware/support/updater_fixture.hpp"

namespace otatool::firmware {
namespace {

using testing::pack_with_zlib;
using testing::sample_filesystem;
using testing::sample_image;
using testing::sign;

class FilesystemChecks : public testing::UpdaterChecks {
 protected:
  FilesystemChecks() { want_signatures(); }

  bool erased() const {
    const auto area = flash_.bytes(map_.filesystem, map_.filesystem_end - map_.filesystem);
    return std::all_of(area.begin(), area.end(), [](auto byte) { return byte == 0xFF; });
  }
  bool holds(const Image& image) const {
    return flash_.bytes(map_.filesystem, static_cast<std::uint32_t>(image.size())) == image;
  }
  BootOutcome start() {
    alignas(4) static std::uint8_t sector[kSectorSize];
    return run_boot_command(flash_, map_, sector).outcome;
  }

  const Image image_ = sample_filesystem(9'000);
  const Image file_ = sign(image_);
};

TEST_F(FilesystemChecks, ErasesAnUnverifiedOne) {
  EXPECT_EQ(run(file_, wire::Command::Filesystem), UpdateError::None);
  EXPECT_TRUE(holds(image_));
  Updater begun = updater();
  ASSERT_EQ(begun.begin(request(file_, wire::Command::Filesystem)), UpdateError::None);
  ASSERT_EQ(begun.write(file_.data(), 255), UpdateError::None);
  begun.cancel();
  EXPECT_TRUE(holds(image_));
  Image changed = file_;
  changed[4'500] ^= 1;
  EXPECT_EQ(run(changed, wire::Command::Filesystem), UpdateError::SignatureWrong);
  EXPECT_TRUE(erased());
  Updater cancelled = updater();
  ASSERT_EQ(cancelled.begin(request(file_, wire::Command::Filesystem)), UpdateError::None);
  ASSERT_EQ(cancelled.write(file_.data(), 8'999), UpdateError::None);
  EXPECT_FALSE(erased());
  cancelled.cancel();
  EXPECT_TRUE(erased());
  EXPECT_EQ(start(), BootOutcome::Nothing);
}

TEST_F(FilesystemChecks, TheNextStartErasesWhatWasNotVerified) {
  Updater updating = updater();
  ASSERT_EQ(updating.begin(request(file_, wire::Command::Filesystem)), UpdateError::None);
  ASSERT_EQ(updating.write(file_.data(), 8'999), UpdateError::None);
  EXPECT_FALSE(erased());
  EXPECT_EQ(start(), BootOutcome::Erased);
  EXPECT_TRUE(erased());
  EXPECT_EQ(start(), BootOutcome::Nothing);
}

TEST_F(FilesystemChecks, AVerifiedOneStays) {
  EXPECT_EQ(run(file_, wire::Command::Filesystem), UpdateError::None);
  EXPECT_EQ(start(), BootOutcome::Nothing);
  EXPECT_TRUE(holds(image_));
}

TEST_F(FilesystemChecks, AnEraseThatFailedIsRepeatedByTheNextUpdateOrStart) {
  for (const bool by_update : {false, true}) {
    Updater updating = updater();
    ASSERT_EQ(updating.begin(request(file_, wire::Command::Filesystem)), UpdateError::None);
    ASSERT_EQ(updating.write(file_.data(), 8'999), UpdateError::None);
    flash_.fail_erase = true;
    updating.cancel();
    EXPECT_FALSE(erased());
    if (by_update) {
      EXPECT_EQ(run(file_), UpdateError::Erase);
    }
    flash_.fail_erase = false;
    if (by_update) {
      EXPECT_EQ(run(sign(sample_image(5'000))), UpdateError::None);
    } else {
      EXPECT_EQ(start(), BootOutcome::Erased);
    }
    EXPECT_TRUE(erased());
  }
}

TEST_F(FilesystemChecks, WithoutSignaturesNothingIsMarked) {
  checks_.signature = nullptr;
  Updater updating = updater();
  ASSERT_EQ(updating.begin(request(file_, wire::Command::Filesystem)), UpdateError::None);
  ASSERT_EQ(updating.write(file_.data(), 8'999), UpdateError::None);
  EXPECT_EQ(start(), BootOutcome::Nothing);
  EXPECT_FALSE(erased());
}

TEST_F(FilesystemChecks, RefusesAnApplicationBeforeTheFirstWrite) {
  ASSERT_EQ(run(file_, wire::Command::Filesystem), UpdateError::None);
  for (const Image& other : {sample_image(9'000), pack_with_zlib(sample_image(9'000))}) {
    flash_.operations = 0;
    EXPECT_EQ(run(sign(other), wire::Command::Filesystem), UpdateError::NoFilesystem);
    EXPECT_TRUE(holds(image_));
  }
  // LittleFS begins with a counter, which may look like an application.
  Image littlefs = sample_image(9'000);
  std::copy_n("littlefs", 8, littlefs.begin() + 8);
  EXPECT_EQ(run(sign(littlefs), wire::Command::Filesystem), UpdateError::None);
}

TEST_F(FilesystemChecks, AStatedVersionMustNotBeTooOld) {
  const auto with_version = [this](std::uint32_t version) {
    Image image = image_;
    image.resize(image.size() + wire::kFilesystemVersionSize);
    wire::write_filesystem_version(version, image.data() + image_.size());
    return image;
  };
  checks_.minimum_version = 7;
  EXPECT_EQ(run(sign(with_version(7)), wire::Command::Filesystem), UpdateError::None);
  EXPECT_TRUE(holds(with_version(7)));
  EXPECT_EQ(run(sign(with_version(8)), wire::Command::Filesystem), UpdateError::None);
  EXPECT_EQ(run(sign(with_version(6)), wire::Command::Filesystem), UpdateError::VersionOld);
  EXPECT_TRUE(erased());
  // The version is optional, and only a signature proves it.
  EXPECT_EQ(run(file_, wire::Command::Filesystem), UpdateError::None);
  checks_.signature = nullptr;
  EXPECT_EQ(run(with_version(6), wire::Command::Filesystem), UpdateError::None);
}

}  // namespace
}  // namespace otatool::firmware
