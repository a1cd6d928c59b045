#include "firmware/core/boot/journal_installer.hpp"

#include "firmware/core/boot/boot_journal.hpp"
#include "firmware/core/boot/verified_write.hpp"

namespace otatool::firmware {

UpdateError JournalInstaller::place(uint32_t size, uint32_t& start) {
  return staging_start(map_, running_size_, size, start) ? UpdateError::None : UpdateError::Space;
}

uint32_t JournalInstaller::unpacked_limit(uint32_t start) const {
  const uint32_t below = start - map_.application;
  const uint32_t region = map_.application_end - map_.application;
  return below < region ? below : region;
}

UpdateError JournalInstaller::withdraw() {
  BootJournal journal(flash_, map_.command);
  wire::BootCommand pending{};
  bool found = false;
  bool started = false;
  if (!journal.read(pending, found) || !journal.is_marked(wire::kBootStartedMark, started)) {
    return UpdateError::Read;
  }
  if (!found) {
    return UpdateError::None;
  }
  if (pending.action == wire::BootAction::EraseFilesystem) {
    return journal.erase_filesystem(map_, pending) ? UpdateError::None : UpdateError::Erase;
  }
  if (started) {
    return UpdateError::OnTrial;
  }
  return journal.withdraw() ? UpdateError::None : UpdateError::Write;
}

UpdateError JournalInstaller::install(const StagedImage& image) {
  wire::BootCommand command{};
  command.action = image.packed ? wire::BootAction::Unpack : wire::BootAction::CopyRaw;
  command.source = image.start;
  command.destination = map_.application;
  command.size = image.size;
  command.image_crc = image.crc;
  const UpdateError error = choose_backup(image, command);
  return error == UpdateError::None ? write_record(command) : error;
}

// The backup lies directly below the staged image, above the running and the new application.
UpdateError JournalInstaller::choose_backup(const StagedImage& image, wire::BootCommand& command) {
  const uint32_t backup = whole_sectors(running_size_);
  const uint32_t unpacked = whole_sectors(image.unpacked_size);
  const uint32_t below = image.start - map_.application;
  if (!map_.keeps_backup || backup == 0 || backup > below ||
      (backup > unpacked ? backup : unpacked) > below - backup) {
    return UpdateError::None;
  }
  command.backup = image.start - backup;
  command.backup_size = running_size_;
  command.backup_crc = 0;
  alignas(4) uint8_t piece[256];
  for (uint32_t done = 0; done < running_size_; done += sizeof(piece)) {
    const uint32_t left = running_size_ - done;
    if (!flash_.read(map_.application + done, piece, sizeof(piece))) {
      return UpdateError::Read;
    }
    command.backup_crc =
        wire::crc32(command.backup_crc, piece, left < sizeof(piece) ? left : sizeof(piece));
  }
  return UpdateError::None;
}

UpdateError JournalInstaller::write_record(const wire::BootCommand& command) {
  alignas(4) uint8_t record[wire::kBootCommandLength];
  wire::format_boot_command(command, record);
  if (!flash_.erase_sector(map_.command)) {
    return UpdateError::Erase;
  }
  return write_verified(flash_, map_.command, record, sizeof(record));
}

UpdateError JournalInstaller::guard_filesystem(uint32_t start, uint32_t size) {
  return write_record({wire::BootAction::EraseFilesystem, start, 0, size, 0});
}

bool JournalInstaller::release_filesystem() {
  return BootJournal(flash_, map_.command).withdraw();
}

bool JournalInstaller::read_trial(TrialState& state) {
  BootJournal journal(flash_, map_.command);
  wire::BootCommand command{};
  bool found = false;
  bool started = false;
  if (!journal.read(command, found) || !journal.is_marked(wire::kBootStartedMark, started)) {
    return false;
  }
  state = found && started    ? TrialState::OnTrial
          : map_.keeps_backup ? TrialState::Confirmed
                              : TrialState::Unsupported;
  return true;
}

bool JournalInstaller::confirm() {
  return BootJournal(flash_, map_.command).withdraw();
}

}  // namespace otatool::firmware
