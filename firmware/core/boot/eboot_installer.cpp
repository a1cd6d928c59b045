#include "firmware/core/boot/eboot_installer.hpp"

#include "otatool/wire/eboot_command.hpp"

namespace otatool::firmware {

UpdateError EbootInstaller::place(uint32_t size, uint32_t& start) {
  if (running_size_ == 0) {
    return UpdateError::Read;
  }
  return staging_start(map_, running_size_, size, start) ? UpdateError::None : UpdateError::Space;
}

uint32_t EbootInstaller::unpacked_limit(uint32_t) const {
  return map_.application_end - map_.application;
}

UpdateError EbootInstaller::withdraw() {
  if (!starts_from_flash_) {
    return UpdateError::Bootstrap;
  }
  command_[wire::kEbootMagicWord] = 0;
  command_[wire::kEbootCrcWord] = 0;
  return UpdateError::None;
}

UpdateError EbootInstaller::install(const StagedImage& image) {
  uint32_t words[wire::kEbootCommandWords];
  wire::format_eboot_copy(image.start, map_.application, image.size, words);
  for (size_t i = 0; i < wire::kEbootCommandWords; ++i) {
    command_[i] = words[i];
  }
  return UpdateError::None;
}

UpdateError EbootInstaller::guard_filesystem(uint32_t, uint32_t) {
  return UpdateError::None;
}

bool EbootInstaller::release_filesystem() {
  return true;
}

bool EbootInstaller::read_trial(TrialState& state) {
  state = TrialState::Unsupported;
  return true;
}

bool EbootInstaller::confirm() {
  return true;
}

}  // namespace otatool::firmware
