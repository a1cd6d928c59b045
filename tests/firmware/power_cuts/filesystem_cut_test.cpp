// Cuts the power at every flash operation of the update of a signed filesystem and of the following
// starts: nothing that was not verified stays.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/boot/boot.hpp"
#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/updater.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"
#include "tests/firmware/support/toy_signature.hpp"

namespace otatool::firmware {
namespace {

using testing::Cut;
using Image = std::vector<std::uint8_t>;

constexpr FlashMap kMap{
    0, 4 * kSectorSize, 0, 4 * kSectorSize, 4 * kSectorSize, 10 * kSectorSize, 11 * kSectorSize};
constexpr std::uint32_t kFilesystemSize = 2 * kSectorSize + 1'000;

class FilesystemCuts : public ::testing::Test {
 protected:
  FilesystemCuts() {
    std::copy(old_.begin(), old_.end(), flash_.cells().begin() + kMap.filesystem);
  }

  UpdateError receive(const Image& file) {
    JournalInstaller installer(flash_, kMap, 0);
    Updater updater(flash_, kMap, installer, {&verifier_, &sha256_, nullptr, 0});
    UpdateRequest request{wire::Command::Filesystem, static_cast<std::uint32_t>(file.size()), {}};
    from_hex(testing::md5_of(file).data(), sizeof(request.md5), request.md5);
    UpdateError error = updater.begin(request);
    for (std::size_t at = 0; at < file.size() && error == UpdateError::None; at += 1460) {
      updater.erase_ahead();
      error = updater.write(file.data() + at, std::min<std::size_t>(1460, file.size() - at));
    }
    return error == UpdateError::None ? updater.end() : error;
  }

  BootOutcome start() {
    alignas(4) static std::uint8_t sector[kSectorSize];
    return run_boot_command(flash_, kMap, sector).outcome;
  }

  bool holds(const Image& image) const {
    const auto size = static_cast<std::uint32_t>(image.size());
    return flash_.bytes(kMap.filesystem, size) == image && flash_.is_stable(kMap.filesystem, size);
  }
  /// Each sector is as before the update, or has no bit of a filesystem.
  bool is_old_or_blank() const {
    for (std::uint32_t at = 0; at < kMap.filesystem_end - kMap.filesystem; at += kSectorSize) {
      const Image sector = flash_.bytes(kMap.filesystem + at, kSectorSize);
      const bool blank =
          std::all_of(sector.begin(), sector.end(), [](auto byte) { return byte == 0xFF; });
      if (!blank && !std::equal(sector.begin(), sector.end(), old_.begin() + at)) {
        return false;
      }
    }
    return true;
  }

  /// Sends `file` with a cut at every operation, and cuts every operation of the next start, too.
  template <typename Check>
  void sweep(const Image& file, Cut cut, std::uint32_t seed, Check check) {
    const testing::RamFlash before = flash_;
    bool first_cut = true;
    for (std::uint32_t first = 0; first_cut; ++first) {
      flash_ = before;
      flash_.seed(1'000 * seed + first);
      flash_.cut_power_at(first, cut);
      static_cast<void>(receive(file));
      first_cut = !flash_.powered;
      const testing::RamFlash after_first = flash_;
      bool second_cut = true;
      for (std::uint32_t second = 0; second_cut; ++second) {
        flash_ = after_first;
        flash_.power_up();
        const std::uint32_t kind = static_cast<std::uint32_t>(cut) + first + second + seed;
        flash_.cut_power_at(second, static_cast<Cut>(kind % testing::kCuts));
        static_cast<void>(start());
        second_cut = !flash_.powered;
        flash_.power_up();
        static_cast<void>(start());
        EXPECT_EQ(start(), BootOutcome::Nothing);
        check(first);
        ++cuts_;
      }
    }
    flash_ = before;
  }

  template <typename Check>
  void sweep_kinds(const Image& file, Check check) {
    for (const Cut cut : {Cut::Before, Cut::Half, Cut::After}) {
      sweep(file, cut, 0, check);
    }
    for (std::uint32_t seed = 1; seed <= 2; ++seed) {
      sweep(file, Cut::Garbled, seed, check);
      sweep(file, Cut::Weak, seed, check);
    }
  }

  testing::RamFlash flash_{12 * kSectorSize, 2 * kSectorSize};
  testing::ToyVerifier verifier_;
  SoftwareSha256 sha256_;
  std::uint32_t cuts_ = 0;
  const Image old_ = testing::sample_filesystem(6 * kSectorSize, 1);
  const Image good_ = testing::sign(testing::sample_filesystem(kFilesystemSize, 2));
};

TEST_F(FilesystemCuts, NothingStaysOfAnUnsignedFilesystem) {
  Image unsigned_file = good_;
  unsigned_file[100] ^= 1;
  sweep_kinds(unsigned_file,
              [this](std::uint32_t first) { EXPECT_TRUE(is_old_or_blank()) << first; });
  EXPECT_GT(cuts_, 1'000U);
}

TEST_F(FilesystemCuts, ASignedFilesystemIsWholeOrErased) {
  std::uint32_t whole = 0;
  sweep_kinds(good_, [&](std::uint32_t first) {
    whole += holds(good_) ? 1 : 0;
    EXPECT_TRUE(holds(good_) || is_old_or_blank()) << first;
  });
  EXPECT_GT(whole, 0U);
  EXPECT_LT(whole, cuts_);
}

}  // namespace
}  // namespace otatool::firmware
