// The Installer of the loader of firmware/boot: leaves a boot command in a flash sector, with a
// place for a backup. Spec: signing-gzip-images.md 2.1, 2.4.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

class JournalInstaller final : public Installer {
 public:
  /// `running_size`: bytes of the running application, which staging must not overwrite; see
  /// application_size(). `flash` and `map` must outlive the installer.
  JournalInstaller(Flash& flash, const FlashMap& map, uint32_t running_size)
      : flash_(flash), map_(map), running_size_(running_size) {}

  UpdateError place(uint32_t size, uint32_t& start) override;
  /// The application must end below the package: the loader starts again after a power cut.
  uint32_t unpacked_limit(uint32_t start) const override;
  UpdateError withdraw() override;
  /// Keeps a backup if the map says so and there is room.
  UpdateError install(const StagedImage& image) override;
  UpdateError guard_filesystem(uint32_t start, uint32_t size) override;
  bool release_filesystem() override;
  bool read_trial(TrialState& state) override;
  bool confirm() override;

 private:
  UpdateError choose_backup(const StagedImage& image, wire::BootCommand& command);
  UpdateError write_record(const wire::BootCommand& command);

  Flash& flash_;
  const FlashMap& map_;
  uint32_t running_size_;
};

}  // namespace otatool::firmware
