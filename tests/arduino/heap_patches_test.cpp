// Difference updates in the library for the ESP8266: HeapPatches makes the new image, and the stock
// loader installs it.
#include "firmware/arduino/heap_patches.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/wire/eboot_command.hpp"

#include "firmware/core/boot/eboot_installer.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/updater.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/patches.hpp"
#include "tests/firmware/support/ram_flash.hpp"
#include "tests/support/eboot_model.hpp"

namespace otatool::arduino {
namespace {

using firmware::kSectorSize;
using firmware::UpdateError;
using Image = std::vector<std::uint8_t>;

constexpr std::uint32_t kEnd = 40 * kSectorSize;

class HeapPatchesTest : public ::testing::Test {
 protected:
  HeapPatchesTest() {
    std::ranges::copy(old_, flash_.cells().begin());
    std::ranges::fill_n(fresh_.begin() + 10'000, 500, std::uint8_t{0x55});
  }

  static firmware::FlashMap map_of_flash() {
    firmware::FlashMap map{};
    map.application_end = map.staging_end = map.filesystem = map.filesystem_end = kEnd;
    return map;
  }
  static firmware::UpdateRequest request_for(const Image& file) {
    firmware::UpdateRequest request{};
    request.command = wire::Command::Flash;
    request.size = static_cast<std::uint32_t>(file.size());
    request.may_resume = true;
    firmware::from_hex(firmware::testing::md5_of(file).data(), sizeof(request.md5), request.md5);
    return request;
  }
  UpdateError receive(const Image& file) {
    const UpdateError error = updater_.begin(request_for(file));
    return error == UpdateError::None ? write(file, 0) : error;
  }
  UpdateError write(const Image& file, std::size_t from) {
    const UpdateError error = updater_.write(file.data() + from, file.size() - from);
    return error == UpdateError::None ? updater_.end() : error;
  }
  bool installs(const Image& image) {
    test::EbootModel eboot(flash_.cells(), old_);
    return eboot.start(rtc_) == test::CopyResult::Copied && eboot.starts(image);
  }

  const Image old_ = firmware::testing::sample_image(30'000, 1);
  Image fresh_ = old_;
  firmware::testing::RamFlash flash_{kEnd};
  firmware::FlashMap map_ = map_of_flash();
  std::array<std::uint32_t, wire::kEbootCommandWords> rtc_{};
  firmware::EbootInstaller installer_{map_, 30'000, rtc_.data()};
  HeapPatchApplier patches_{flash_, map_, 30'000};
  firmware::ImageChecks checks_{nullptr, nullptr, nullptr, 0, &patches_};
  firmware::Updater updater_{flash_, map_, installer_, checks_};
};

TEST_F(HeapPatchesTest, TheStockLoaderInstallsWhatAPatchMakes) {
  ASSERT_EQ(receive(firmware::testing::patch_from(old_, fresh_)), UpdateError::None);
  EXPECT_TRUE(installs(fresh_));
}

TEST_F(HeapPatchesTest, SaysWhatRuns) {
  std::array<char, wire::kMaxDeltaAnswer> text{};
  for (int i = 0; i < 2; ++i) {
    const std::size_t length = updater_.identify_running(text.data());
    EXPECT_EQ(std::string(text.data(), length),
              "delta 4096 30000 " + espota::sha256_hex(old_) + "\n");
    // HeapPatches reads the running application only once, so a later change goes unnoticed.
    flash_.cells()[100] ^= 1;
  }
}

TEST_F(HeapPatchesTest, APatchThatBrokeOffResumes) {
  const Image patch =
      firmware::testing::patch_from(old_, firmware::testing::sample_image(30'000, 2));
  ASSERT_EQ(updater_.begin(request_for(patch)), UpdateError::None);
  ASSERT_EQ(updater_.write(patch.data(), 5'000), UpdateError::None);
  updater_.cancel();
  std::array<char, wire::kMaxDeltaAnswer> text{};
  EXPECT_NE(updater_.identify_running(text.data()), 0U);
  ASSERT_EQ(updater_.begin(request_for(patch)), UpdateError::None);
  ASSERT_EQ(updater_.received(), 4'864U);
  ASSERT_EQ(write(patch, 4'864), UpdateError::None);
  EXPECT_TRUE(installs(firmware::testing::sample_image(30'000, 2)));
}

TEST_F(HeapPatchesTest, RefusesPatchesForAnotherApplicationAndDamagedOnes) {
  Image patch = firmware::testing::patch_from(fresh_, old_);
  EXPECT_EQ(receive(patch), UpdateError::PatchBase);
  patch = firmware::testing::patch_from(old_, fresh_);
  patch[patch.size() - 20] ^= 1;
  EXPECT_EQ(receive(patch), UpdateError::PatchDamaged);
  EXPECT_EQ(rtc_[wire::kEbootMagicWord], 0U);
  EXPECT_EQ(receive(fresh_), UpdateError::None);
  EXPECT_TRUE(installs(fresh_));
}

}  // namespace
}  // namespace otatool::arduino
