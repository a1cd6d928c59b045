// Cuts the power at every flash operation of an update and of the following starts.
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/own_images.hpp"

namespace otatool::firmware {
namespace {

using testing::Cut;
using testing::own_image;
using testing::OwnDevice;
using Image = std::vector<std::uint8_t>;

struct Case {
  const char* name;
  std::size_t size;
  bool packed;
  bool keeps_backup;
  bool confirms;
};

struct Sweep {
  std::uint32_t cuts = 0;
  std::uint32_t old = 0;
  std::uint32_t fresh = 0;
  std::uint32_t neither = 0;
};

FlashMap map_of(const Case& given) {
  FlashMap map = testing::kOwnMap;
  map.keeps_backup = given.keeps_backup;
  return map;
}

class PowerCuts : public ::testing::TestWithParam<Case> {
 protected:
  /// A start, the application's run if the power lasts, and another start.
  void run() {
    device_.boot();
    if (GetParam().confirms && device_.flash.powered && device_.runs(fresh_)) {
      device_.confirm();
    }
    device_.boot();
  }

  void check(Sweep& sweep) {
    device_.flash.power_up();
    run();
    ++sweep.cuts;
    if (device_.runs(fresh_)) {
      ++sweep.fresh;
    } else if (device_.runs(old_)) {
      ++sweep.old;
    } else {
      ++sweep.neither;
    }
    EXPECT_EQ(device_.boot().outcome, BootOutcome::Nothing);
  }

  void sweep_all(Cut cut, Sweep& sweep) {
    device_.install(old_);
    // The command's sector holds the progress of an earlier update.
    ASSERT_EQ(device_.receive(old_), UpdateError::None);
    device_.boot();
    device_.confirm();
    const testing::RamFlash before = device_.flash;
    bool first_cut = true;
    for (std::uint32_t first = 0; first_cut; ++first) {
      device_.flash = before;
      device_.flash.cut_power_at(first, cut);
      if (device_.receive(sent_) == UpdateError::None) {
        run();
      }
      first_cut = !device_.flash.powered;
      const testing::RamFlash after_first = device_.flash;
      bool second_cut = true;
      for (std::uint32_t second = 0; second_cut; ++second) {
        device_.flash = after_first;
        device_.flash.power_up();
        device_.flash.cut_power_at(second, cut);
        run();
        second_cut = !device_.flash.powered;
        check(sweep);
      }
    }
  }

  OwnDevice device_{map_of(GetParam())};
  const Image old_ = own_image(3 * kSectorSize - 100, 1);
  const Image fresh_ = own_image(GetParam().size, 2);
  const Image sent_ = GetParam().packed ? testing::pack_with_zlib(fresh_) : fresh_;
};

TEST_P(PowerCuts, LeaveTheOldOrTheNewApplication) {
  Sweep sweep;
  for (const Cut cut : {Cut::Before, Cut::Half, Cut::Garbled, Cut::After}) {
    sweep_all(cut, sweep);
  }
  std::cout << "power cuts, " << GetParam().name << ": " << sweep.cuts << ", old " << sweep.old
            << ", new " << sweep.fresh << ", neither " << sweep.neither << '\n';
  EXPECT_EQ(sweep.neither, 0U);
  EXPECT_GT(sweep.old, 0U);
  // An application that never confirms never stays.
  EXPECT_EQ(sweep.fresh != 0, GetParam().confirms || !GetParam().keeps_backup);
}

INSTANTIATE_TEST_SUITE_P(
    Updates,
    PowerCuts,
    ::testing::Values(Case{"Raw", 2 * kSectorSize + 77, false, false, false},
                      Case{"RawOverItsStagingArea", 12 * kSectorSize + 5, false, false, false},
                      Case{"Packed", 5 * kSectorSize + 300, true, false, false},
                      Case{"RawConfirmed", 4 * kSectorSize + 77, false, true, true},
                      Case{"PackedConfirmed", 5 * kSectorSize + 300, true, true, true},
                      Case{"RawRolledBack", 4 * kSectorSize + 77, false, true, false},
                      Case{"PackedRolledBack", 5 * kSectorSize + 300, true, true, false}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace otatool::firmware
