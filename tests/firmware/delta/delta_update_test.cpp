// Difference updates by the receiver: what it makes, what it refuses, and when (delta.md 5).
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/wire/delta_patch.hpp"

#include "firmware/core/package/delta_applier.hpp"
#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/patches.hpp"
#include "tests/firmware/support/updater_fixture.hpp"

namespace otatool::firmware {
namespace {

using testing::patch_from;
using testing::sample_image;
using testing::sign;

class DeltaUpdate : public testing::UpdaterChecks {
 protected:
  static constexpr std::uint32_t kRunningSize = 40'000;

  DeltaUpdate() {
    std::copy(old_.begin(), old_.end(), flash_.cells().begin() + map_.application);
    checks_.patches = &applier_;
    new_.insert(new_.begin() + 10'000, 500, std::uint8_t{7});
    new_[30'000] ^= 0x55U;
  }

  void expect_installed(const Image& patch) {
    ASSERT_EQ(run(patch), UpdateError::None);
    wire::BootCommand command{};
    ASSERT_TRUE(pending(command));
    EXPECT_EQ(command.action, wire::BootAction::CopyRaw);
    EXPECT_EQ(command.size, new_.size());
    EXPECT_EQ(command.image_crc, wire::crc32(0, new_.data(), new_.size()));
    EXPECT_EQ(flash_.bytes(command.source, command.size), new_);
    EXPECT_EQ(flash_.bytes(map_.application, kRunningSize), old_);
  }

  Image short_window_ = Image(wire::kDeltaWindow);
  Inflater short_inflater_{short_window_.data(), wire::kDeltaWindow};
  DeltaApplier applier_{flash_, map_, kRunningSize, sha256_, short_inflater_};
  const Image old_ = sample_image(kRunningSize, 3);
  Image new_ = old_;
};

TEST_F(DeltaUpdate, MakesTheNewImageFromTheRunningOne) {
  expect_installed(patch_from(old_, new_));
}

TEST_F(DeltaUpdate, MakesImagesOfAnyLength) {
  for (const std::size_t size : {1U, 3U, 255U, 256U, 257U, 4'096U, 4'097U, 50'001U}) {
    new_ = sample_image(size, 5);
    expect_installed(patch_from(old_, new_));
  }
}

TEST_F(DeltaUpdate, ReadsAPartOfTheRunningApplication) {
  expect_installed(patch_from(Image(old_.begin(), old_.end() - 260), new_));
}

TEST_F(DeltaUpdate, VerifiesTheSignatureOfTheNewImage) {
  want_signatures();
  expect_refused(patch_from(old_, new_), UpdateError::SignatureMissing);
  expect_installed(patch_from(old_, sign(new_)));
  Image changed = sign(new_);
  changed[5'000] ^= 1U;
  expect_refused(patch_from(old_, changed), UpdateError::SignatureWrong);
  verifier_.length = 128;
  expect_refused(patch_from(old_, sign(new_)), UpdateError::SignatureLength);
}

TEST_F(DeltaUpdate, RefusesAPatchForAnotherApplicationBeforeItWrites) {
  Image other = old_;
  other[20'000] ^= 1U;
  const Image patch = patch_from(other, new_);
  Updater fresh = updater();
  ASSERT_EQ(fresh.begin(request(patch, wire::Command::Flash)), UpdateError::None);
  flash_.operations = 0;
  EXPECT_EQ(fresh.write(patch.data(), patch.size()), UpdateError::PatchBase);
  EXPECT_EQ(flash_.operations, 0U);
  Image longer = old_;
  longer.push_back(1);
  expect_refused(patch_from(longer, new_), UpdateError::PatchBase);
}

TEST_F(DeltaUpdate, RefusesADamagedHeader) {
  const Image good = patch_from(old_, new_);
  for (const std::size_t at : {4U, 5U, 11U, 12U, 15U}) {
    Image patch = good;
    patch[at] ^= 0x80U;
    const UpdateError error = run(patch);
    EXPECT_NE(error, UpdateError::None) << at;
    wire::BootCommand command{};
    EXPECT_FALSE(pending(command));
  }
  expect_refused(Image(good.begin(), good.begin() + 95), UpdateError::PatchDamaged);
  expect_refused(Image(good.begin(), good.begin() + 96), UpdateError::PatchDamaged);
}

TEST_F(DeltaUpdate, RefusesEveryDamagedBody) {
  const Image good = patch_from(old_, new_);
  for (std::size_t at = wire::kDeltaHeaderSize; at < good.size(); at += 1 + good.size() / 20) {
    Image patch = good;
    patch[at] ^= 4U;
    // The operating system and the time in the header of the member mean nothing.
    if (at < wire::kDeltaHeaderSize + 10 && at >= wire::kDeltaHeaderSize + 4) {
      continue;
    }
    expect_refused(patch, UpdateError::PatchDamaged);
  }
  for (const std::size_t size : {good.size() - 1, good.size() / 2, wire::kDeltaHeaderSize + 30}) {
    expect_refused(Image(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)),
                   UpdateError::PatchDamaged);
  }
  Image longer = good;
  longer.push_back(0);
  expect_refused(longer, UpdateError::PatchDamaged);
}

TEST_F(DeltaUpdate, RefusesAnImageThatIsNotTheAnnouncedOne) {
  Image patch = patch_from(old_, new_);
  patch[48] ^= 1U;
  expect_refused(patch, UpdateError::PatchDamaged);
}

TEST_F(DeltaUpdate, RefusesWhatTheLoaderWouldNotStart) {
  Image other = new_;
  other[0] = 0x00;
  expect_refused(patch_from(old_, other), UpdateError::MagicByte);
  expect_refused(patch_from(old_, testing::pack_with_zlib(new_)), UpdateError::MagicByte);
  expect_refused(patch_from(old_, patch_from(old_, new_)), UpdateError::MagicByte);
}

TEST_F(DeltaUpdate, RefusesWhatDoesNotFit) {
  const Image patch = patch_from(old_, Image(map_.staging_end - kRunningSize, 0xE9));
  Updater fresh = updater();
  ASSERT_EQ(fresh.begin(request(patch, wire::Command::Flash)), UpdateError::None);
  flash_.operations = 0;
  EXPECT_EQ(fresh.write(patch.data(), patch.size()), UpdateError::Space);
  EXPECT_EQ(flash_.operations, 0U);
}

TEST_F(DeltaUpdate, ReportsAFlashThatFails) {
  const Image patch = patch_from(old_, new_);
  Updater fresh = updater();
  ASSERT_EQ(fresh.begin(request(patch, wire::Command::Flash)), UpdateError::None);
  ASSERT_EQ(fresh.write(patch.data(), patch.size()), UpdateError::None);
  flash_.fail_read = true;
  EXPECT_EQ(fresh.end(), UpdateError::Read);
}

TEST_F(DeltaUpdate, IsRefusedWithoutAnApplierAndAsAFilesystem) {
  const Image patch = patch_from(old_, new_);
  checks_.patches = nullptr;
  expect_refused(patch, UpdateError::MagicByte);
}

TEST_F(DeltaUpdate, SaysWhichApplicationRuns) {
  char text[wire::kMaxDeltaAnswer];
  Updater fresh = updater();
  const std::string expected = "delta 4096 40000 " + espota::sha256_hex(old_) + "\n";
  EXPECT_EQ(std::string(text, fresh.identify_running(text)), expected);
  flash_.fail_read = true;
  EXPECT_EQ(std::string(text, fresh.identify_running(text)), expected) << "asks the flash once";
  DeltaApplier unread(flash_, map_, kRunningSize, sha256_, short_inflater_);
  EXPECT_EQ(unread.identify(text), 0U);
  DeltaApplier none(flash_, map_, 0, sha256_, short_inflater_);
  EXPECT_EQ(none.identify(text), 0U);
  checks_.patches = nullptr;
  EXPECT_EQ(updater().identify_running(text), 0U);
}

TEST_F(DeltaUpdate, HasErrorNumbersOfItsOwn) {
  EXPECT_EQ(number_of(UpdateError::PatchBase), 38U);
  EXPECT_EQ(number_of(UpdateError::PatchDamaged), 39U);
}

}  // namespace
}  // namespace otatool::firmware
