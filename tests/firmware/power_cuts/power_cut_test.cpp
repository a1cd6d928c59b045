// Cuts the power at every flash operation of an update and of the following starts.
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/own_images.hpp"
#include "tests/firmware/support/patches.hpp"
#include "tests/firmware/support/toy_signature.hpp"

namespace otatool::firmware {
namespace {

using testing::Cut;
using testing::own_image;
using testing::OwnDevice;
using Image = std::vector<std::uint8_t>;

struct Case {
  const char* name;
  std::size_t size;
  enum { Raw, Packed, Delta, SignedDelta } sent;
  bool keeps_backup;
  bool confirms;
  std::size_t broken_off = 0;  ///< bytes after which the transfer breaks off and resumes
};

constexpr std::uint32_t kSeeds = 3;

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

  /// Cuts the power twice: `cut` at every operation, then each other kind in turn. With a seed, the
  /// second cut is at every third operation, at others with another seed.
  void sweep_all(Cut cut, std::uint32_t seed, Sweep& sweep) {
    const std::uint32_t stride = seed == 0 ? 1 : kSeeds;
    device_.signature = nullptr;
    device_.install(old_);
    // The command's sector holds the progress of an earlier update.
    ASSERT_EQ(device_.receive(old_), UpdateError::None);
    device_.boot();
    device_.confirm();
    device_.signature = GetParam().sent == Case::SignedDelta ? &verifier_ : nullptr;
    const testing::RamFlash before = device_.flash;
    bool first_cut = true;
    for (std::uint32_t first = 0; first_cut; ++first) {
      device_.flash = before;
      device_.flash.seed(1'000 * seed + first);
      device_.flash.cut_power_at(first, cut);
      if (device_.receive(sent_, 0, GetParam().broken_off) == UpdateError::None) {
        run();
      }
      first_cut = !device_.flash.powered;
      const testing::RamFlash after_first = device_.flash;
      bool second_cut = true;
      for (std::uint32_t second = (first + seed) % stride; second_cut; second += stride) {
        device_.flash = after_first;
        device_.flash.power_up();
        const std::uint32_t kind = static_cast<std::uint32_t>(cut) + first + second + seed;
        device_.flash.cut_power_at(second, static_cast<Cut>(kind % testing::kCuts));
        run();
        second_cut = !device_.flash.powered;
        check(sweep);
      }
    }
  }

  /// All kinds of cuts; those with chance with several seeds.
  void sweep_kinds(Sweep& sweep) {
    for (const Cut cut : {Cut::Before, Cut::Half, Cut::After}) {
      sweep_all(cut, 0, sweep);
    }
    for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
      sweep_all(Cut::Garbled, seed, sweep);
      sweep_all(Cut::Weak, seed, sweep);
    }
  }

  Image to_send() const {
    switch (GetParam().sent) {
      case Case::Raw:
        return fresh_;
      case Case::Packed:
        return testing::pack_with_zlib(fresh_);
      case Case::Delta:
        return testing::patch_from(old_, fresh_);
      case Case::SignedDelta:
        return testing::patch_from(old_, testing::sign(fresh_));
    }
    return {};
  }

  OwnDevice device_{map_of(GetParam())};
  const Image old_ = own_image(3 * kSectorSize - 100, 1);
  const Image fresh_ = own_image(GetParam().size, 2);
  const Image sent_ = to_send();
  testing::ToyVerifier verifier_;
};

TEST_P(PowerCuts, LeaveTheOldOrTheNewApplication) {
  Sweep sweep;
  sweep_kinds(sweep);
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
    ::testing::Values(Case{"Raw", 2 * kSectorSize + 77, Case::Raw, false, false},
                      Case{"RawOverItsStagingArea", 12 * kSectorSize + 5, Case::Raw, false, false},
                      Case{"Packed", 5 * kSectorSize + 300, Case::Packed, false, false},
                      Case{"RawConfirmed", 4 * kSectorSize + 77, Case::Raw, true, true},
                      Case{"PackedConfirmed", 5 * kSectorSize + 300, Case::Packed, true, true},
                      Case{"RawRolledBack", 4 * kSectorSize + 77, Case::Raw, true, false},
                      Case{"PackedRolledBack", 5 * kSectorSize + 300, Case::Packed, true, false},
                      Case{"DeltaConfirmed", 4 * kSectorSize + 77, Case::Delta, true, true},
                      Case{"DeltaRolledBack", 4 * kSectorSize + 77, Case::Delta, true, false},
                      Case{"SignedDelta", 4 * kSectorSize + 77, Case::SignedDelta, true, true},
                      Case{"RawResumed", 4 * kSectorSize + 77, Case::Raw, false, false, 6'000},
                      Case{
                          "PackedResumed", 5 * kSectorSize + 300, Case::Packed, true, false, 5'000},
                      Case{"DeltaResumed", 4 * kSectorSize + 77, Case::Delta, true, true, 512}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace otatool::firmware
