// A device on RamFlash that behaves like one with the loader of firmware/boot, and images for it:
// loader, application and version.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "otatool/wire/application_description.hpp"

#include "firmware/core/boot/boot.hpp"
#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/boot/trial.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/package/delta_applier.hpp"
#include "firmware/core/updater.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::firmware::testing {

/// Small, so that a test can try every operation: 20 sectors for applications, one for the loader.
constexpr std::uint32_t kOwnFlashSize = 24 * kSectorSize;
/// Small, too, so that a staged image begins and ends between blocks.
constexpr std::uint32_t kOwnBlockSize = 2 * kSectorSize;
constexpr FlashMap kOwnMap{.application = 0,
                           .application_end = 20 * kSectorSize,
                           .staging = 0,
                           .staging_end = 20 * kSectorSize,
                           .filesystem = 20 * kSectorSize,
                           .filesystem_end = 23 * kSectorSize,
                           .command = 23 * kSectorSize,
                           .loader_size = kSectorSize,
                           .keeps_backup = true};

/// Compresses to about half.
inline std::vector<std::uint8_t> own_image(std::size_t size, std::uint32_t version) {
  std::vector<std::uint8_t> image = sample_image(size, static_cast<std::uint8_t>(version));
  for (std::uint8_t& byte : image) {
    byte &= 0x0F;
  }
  const std::vector<std::uint8_t> loader = sample_image(kSectorSize, 99);
  std::copy(loader.begin(), loader.end(), image.begin());
  image[kSectorSize] = 0xE9;
  std::uint8_t* const description =
      image.data() + kSectorSize + wire::kApplicationDescriptionOffset;
  wire::detail::put_u32(description, wire::kApplicationDescriptionMagic);
  wire::detail::put_u32(description + 4, version);
  return image;
}

class OwnDevice {
 public:
  explicit OwnDevice(const FlashMap& map = kOwnMap) : map_(map) {}

  void install(const std::vector<std::uint8_t>& image) {
    std::copy(image.begin(), image.end(), flash.cells().begin());
    running_size_ = static_cast<std::uint32_t>(image.size());
  }

  /// With moments without data between the pieces. `broken_off`: the transfer breaks off after this
  /// many bytes and resumes.
  UpdateError receive(const std::vector<std::uint8_t>& image,
                      std::uint32_t minimum_version = 0,
                      std::size_t broken_off = 0) {
    JournalInstaller installer(flash, map_, running_size_);
    DeltaApplier patches(flash, map_, running_size_, sha256_, inflater_);
    Updater updater(
        flash, map_, installer, {signature, &sha256_, &packages_, minimum_version, &patches});
    UpdateRequest request{wire::Command::Flash, static_cast<std::uint32_t>(image.size()), {}};
    from_hex(md5_of(image).data(), sizeof(request.md5), request.md5);
    request.may_resume = true;
    UpdateError error = updater.begin(request);
    if (error == UpdateError::None && broken_off != 0) {
      error = write(updater, image, broken_off);
      updater.cancel();
      error = error == UpdateError::None ? updater.begin(request) : error;
      EXPECT_EQ(updater.received(), flash.powered ? broken_off / 256 * 256 : updater.received());
    }
    error = error == UpdateError::None ? write(updater, image, image.size()) : error;
    return error == UpdateError::None ? updater.end() : error;
  }

  BootReport boot() {
    alignas(4) static std::uint8_t sector[kSectorSize];
    return run_boot_command(flash, map_, sector, &inflater_);
  }

  /// The application confirms.
  void confirm() {
    JournalInstaller installer(flash, map_, running_size_);
    Trial trial(installer, restart, 1'000);
    if (trial.begin(0) && trial.running()) {
      static_cast<void>(trial.confirm());
    }
  }

  bool runs(const std::vector<std::uint8_t>& image) const {
    const auto size = static_cast<std::uint32_t>(image.size());
    return flash.bytes(0, size) == image && flash.is_stable(0, size);
  }

  RamFlash flash{kOwnFlashSize, kOwnBlockSize};
  CountingRestart restart;
  SignatureVerifier* signature = nullptr;

 private:
  static constexpr std::size_t kPiece = 1'000;

  static UpdateError write(Updater& updater,
                           const std::vector<std::uint8_t>& image,
                           std::size_t end) {
    UpdateError error = UpdateError::None;
    for (std::size_t at = updater.received(); at < end && error == UpdateError::None;
         at = updater.received()) {
      updater.erase_ahead();
      error = updater.write(image.data() + at, std::min(kPiece, end - at));
    }
    return error;
  }

  FlashMap map_;
  std::uint32_t running_size_ = 0;
  std::vector<std::uint8_t> window_ = std::vector<std::uint8_t>(Inflater::kWindowBytes);
  Inflater inflater_{window_.data()};
  GzipPackageVerifier packages_{inflater_};
  SoftwareSha256 sha256_;
};

}  // namespace otatool::firmware::testing
