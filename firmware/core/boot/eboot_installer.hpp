// The Installer of an ESP8266 with its stock loader, eboot: leaves a command in RTC memory. eboot
// has no trial, keeps no backup, erases no filesystem, and a power cut while it copies destroys the
// application. Spec: signing-gzip-images.md 2.1, 2.4.
#pragma once

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

class EbootInstaller final : public Installer {
 public:
  /// `running_size`: bytes of the running application, which staging must not overwrite; 0 if they
  /// could not be read: then place() fails with Read. `command`: wire::kEbootCommandWords words, on
  /// the chip those at wire::kEbootCommandAddress. `map` must outlive the installer; its `command`
  /// is not used. `starts_from_flash`: false if a restart leads into the mode for programming by
  /// cable, as after such programming; every update is then refused with Bootstrap.
  EbootInstaller(const FlashMap& map,
                 uint32_t running_size,
                 volatile uint32_t* command,
                 bool starts_from_flash = true)
      : map_(map),
        running_size_(running_size),
        command_(command),
        starts_from_flash_(starts_from_flash) {}

  UpdateError place(uint32_t size, uint32_t& start) override;
  /// The application region: unpacking may overwrite the part of the package that is already read.
  uint32_t unpacked_limit(uint32_t start) const override;
  UpdateError withdraw() override;
  UpdateError install(const StagedImage& image) override;
  UpdateError guard_filesystem(uint32_t start, uint32_t size) override;
  bool release_filesystem() override;
  bool read_trial(TrialState& state) override;
  bool confirm() override;

 private:
  const FlashMap& map_;
  uint32_t running_size_;
  volatile uint32_t* command_;
  bool starts_from_flash_;
};

}  // namespace otatool::firmware
