// Updates of an ESP32: the port's code on a model of ESP-IDF's updates and bootloader.
#include "firmware/port/esp32/esp32_slot.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/boot/trial.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/updater.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/toy_signature.hpp"
#include "tests/support/esp_ota_model.hpp"

namespace otatool::firmware {
namespace {

using test::EspOtaModel;
using testing::Cut;
using Image = std::vector<std::uint8_t>;

class Esp32SlotTest : public ::testing::Test {
 protected:
  Esp32SlotTest() {
    chip_.flash_slot(0, old_);
    EXPECT_EQ(chip_.boot(), 0);
  }

  /// One run of the device: a new port, as after each start.
  UpdateError receive(const Image& file, wire::Command command = wire::Command::Flash) {
    Esp32Slot slot;
    EXPECT_TRUE(slot.usable());
    return receive(slot, file, command);
  }
  UpdateError receive(Esp32Slot& slot, const Image& file, wire::Command command) {
    Updater updater(slot, slot.map(), slot, checks_);
    UpdateRequest request{command, static_cast<std::uint32_t>(file.size()), {}};
    from_hex(testing::md5_of(file).data(), sizeof(request.md5), request.md5);
    UpdateError error = updater.begin(request);
    for (std::size_t at = 0; at < file.size() && error == UpdateError::None; at += 1460) {
      error = updater.write(file.data() + at, std::min<std::size_t>(1460, file.size() - at));
    }
    return error == UpdateError::None ? updater.end() : error;
  }
  bool confirm() { return Esp32Slot().confirm(); }
  TrialState trial() {
    TrialState state = TrialState::Unsupported;
    EXPECT_TRUE(Esp32Slot().read_trial(state));
    return state;
  }

  EspOtaModel chip_;
  testing::ToyVerifier verifier_;
  SoftwareSha256 sha256_;
  ImageChecks checks_;
  const Image old_ = EspOtaModel::image(30'000, 1);
  const Image fresh_ = EspOtaModel::image(33'333, 2);
};

TEST_F(Esp32SlotTest, InstallsIntoEachSlotInTurn) {
  for (std::uint8_t seed = 2; seed < 6; ++seed) {
    for (const std::uint32_t size : {16U, 4'096U, 33'333U, EspOtaModel::kSlotBytes}) {
      const Image image = EspOtaModel::image(size, seed);
      ASSERT_EQ(receive(image), UpdateError::None) << size;
      ASSERT_TRUE(chip_.boot());
      EXPECT_TRUE(chip_.runs(image));
      EXPECT_TRUE(confirm());
    }
  }
}

TEST_F(Esp32SlotTest, RefusesAnImageLargerThanASlot) {
  EXPECT_EQ(receive(EspOtaModel::image(EspOtaModel::kSlotBytes + 4, 2)), UpdateError::Space);
  EXPECT_EQ(chip_.flash.operations, 0U);
}

TEST_F(Esp32SlotTest, RefusesPackages) {
  Image package = fresh_;
  package[0] = 0x1F;
  EXPECT_EQ(receive(package), UpdateError::MagicByte);
}

TEST_F(Esp32SlotTest, TheBootloaderRefusesAnInvalidImage) {
  Image broken = fresh_;
  broken[20'000] ^= 1;
  EXPECT_EQ(receive(broken), UpdateError::InstallRefused);
  EXPECT_EQ(chip_.boot(), 0);
  EXPECT_TRUE(chip_.runs(old_));
}

TEST_F(Esp32SlotTest, RefusesAWrongSignature) {
  checks_ = {&verifier_, &sha256_, nullptr, 0};
  Image file = testing::sign(fresh_);
  ASSERT_EQ(receive(file), UpdateError::None);
  chip_.boot();
  EXPECT_TRUE(chip_.runs(fresh_));
  ASSERT_TRUE(confirm());
  file = testing::sign(old_);
  file[100] ^= 1;
  EXPECT_EQ(receive(file), UpdateError::SignatureWrong);
  chip_.boot();
  EXPECT_TRUE(chip_.runs(fresh_));
}

TEST_F(Esp32SlotTest, RollsAnUnconfirmedApplicationBack) {
  ASSERT_EQ(receive(fresh_), UpdateError::None);
  EXPECT_EQ(chip_.boot(), 1);
  EXPECT_EQ(trial(), TrialState::OnTrial);
  // The former application is still needed.
  EXPECT_EQ(receive(fresh_), UpdateError::OnTrial);
  EXPECT_EQ(receive(testing::sample_filesystem(9'000), wire::Command::Filesystem),
            UpdateError::OnTrial);
  EXPECT_EQ(chip_.boot(), 0);
  EXPECT_TRUE(chip_.runs(old_));
  EXPECT_EQ(trial(), TrialState::Confirmed);
}

TEST_F(Esp32SlotTest, AConfirmedApplicationStays) {
  ASSERT_EQ(receive(fresh_), UpdateError::None);
  EXPECT_EQ(chip_.boot(), 1);
  testing::CountingRestart restart;
  Esp32Slot slot;
  Trial trial(slot, restart, 1'000);
  ASSERT_TRUE(trial.begin(0));
  EXPECT_TRUE(trial.running());
  EXPECT_TRUE(trial.confirm());
  EXPECT_EQ(chip_.boot(), 1);
  EXPECT_EQ(chip_.boot(), 1);
}

TEST_F(Esp32SlotTest, AnotherUpdateReplacesOneThatWaitsForTheRestart) {
  const Image third = EspOtaModel::image(20'000, 3);
  Esp32Slot slot;
  ASSERT_EQ(receive(slot, fresh_, wire::Command::Flash), UpdateError::None);
  ASSERT_EQ(receive(slot, third, wire::Command::Flash), UpdateError::None);
  EXPECT_EQ(chip_.boot(), 1);
  EXPECT_TRUE(chip_.runs(third));
}

TEST_F(Esp32SlotTest, WritesAndErasesFilesystems) {
  checks_ = {&verifier_, &sha256_, nullptr, 0};
  Image file = testing::sign(testing::sample_filesystem(9'000, 2));
  const std::uint32_t at = chip_.filesystem()->address;
  ASSERT_EQ(receive(file, wire::Command::Filesystem), UpdateError::None);
  EXPECT_EQ(chip_.flash.bytes(at, 9'000), Image(file.begin(), file.begin() + 9'000));
  file[5'000] ^= 1;
  EXPECT_EQ(receive(file, wire::Command::Filesystem), UpdateError::SignatureWrong);
  EXPECT_EQ(chip_.flash.bytes(at, 9'000), Image(9'000, 0xFF));
}

TEST_F(Esp32SlotTest, OnlyAFilesystemResumes) {
  Esp32Slot slot;
  Updater updater(slot, slot.map(), slot, checks_);
  const auto received_again = [&](wire::Command command, const Image& file) {
    UpdateRequest request{command, static_cast<std::uint32_t>(file.size()), {}};
    request.may_resume = true;
    EXPECT_EQ(updater.begin(request), UpdateError::None);
    EXPECT_EQ(updater.write(file.data(), 5'000), UpdateError::None);
    updater.cancel();
    EXPECT_EQ(updater.begin(request), UpdateError::None);
    return updater.received();
  };
  EXPECT_EQ(received_again(wire::Command::Flash, fresh_), 0U);
  EXPECT_EQ(received_again(wire::Command::Filesystem, testing::sample_filesystem(9'000)), 4'864U);
}

TEST_F(Esp32SlotTest, APowerCutAtAnyOperationLeavesTheOldOrTheNewApplication) {
  const testing::RamFlash before = chip_.flash;
  std::uint32_t cuts = 0;
  std::uint32_t fresh = 0;
  for (const Cut cut : {Cut::Before, Cut::Half, Cut::After}) {
    bool was_cut = true;
    for (std::uint32_t operation = 0; was_cut; ++operation) {
      chip_.flash = before;
      ASSERT_EQ(chip_.boot(), 0);
      chip_.flash.cut_power_at(operation, cut);
      const UpdateError error = receive(fresh_);
      if (error == UpdateError::None && chip_.boot() == 1) {
        static_cast<void>(confirm());
      }
      was_cut = !chip_.flash.powered;
      chip_.flash.power_up();
      ASSERT_TRUE(chip_.boot()) << operation;
      EXPECT_TRUE(chip_.runs(old_) || chip_.runs(fresh_)) << operation;
      fresh += chip_.runs(fresh_) ? 1 : 0;
      ++cuts;
      // The device still takes an update.
      static_cast<void>(confirm());
      const Image third = EspOtaModel::image(20'000, 3);
      EXPECT_EQ(receive(third), UpdateError::None) << operation;
      ASSERT_TRUE(chip_.boot());
      EXPECT_TRUE(chip_.runs(third)) << operation;
    }
  }
  EXPECT_GT(cuts, 300U);
  EXPECT_GT(fresh, 0U);
  EXPECT_LT(fresh, cuts);
}

}  // namespace
}  // namespace otatool::firmware
