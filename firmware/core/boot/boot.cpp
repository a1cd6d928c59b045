#include "firmware/core/boot/boot.hpp"

#include "firmware/core/boot/boot_journal.hpp"
#include "firmware/core/boot/sector_copy.hpp"
#include "firmware/core/image_rules.hpp"
#include "firmware/core/package/package_source.hpp"

namespace otatool::firmware {
namespace {

/// Checks an unpacked image against the rules; writes nothing.
class RulesSink final : public InflateSink {
 public:
  explicit RulesSink(ImageRules& rules) : rules_(rules) {}
  bool write(const uint8_t* bytes, size_t count) override {
    error_ = rules_.add(bytes, count);
    return error_ == UpdateError::None;
  }
  bool flash_failed() const { return error_ == UpdateError::Read; }

 private:
  ImageRules& rules_;
  UpdateError error_ = UpdateError::None;
};

class CommandRun final : private InflateSink {
 public:
  CommandRun(Flash& flash,
             const FlashMap& map,
             const wire::BootCommand& command,
             uint8_t* sector,
             Inflater* inflater)
      : flash_(flash),
        map_(map),
        command_(command),
        journal_(flash, map.command),
        copy_(flash, sector),
        sector_(sector),
        inflater_(inflater) {}

  BootReport run();

 private:
  enum class ImageCheck : uint8_t { Good, Bad, FlashFailed };

  bool packed() const { return command_.action == wire::BootAction::Unpack; }
  bool has_backup() const { return command_.backup != wire::kNoBackup; }
  uint32_t region() const { return map_.application_end - map_.application; }
  static uint32_t sectors(uint32_t bytes) { return whole_sectors(bytes) / kSectorSize; }

  bool is_valid() const;
  bool backup_is_valid() const;
  uint32_t unpacked_limit() const;
  ImageCheck check_image();
  ImageCheck check_staged();
  ImageCheck check_package();
  bool copy_sectors(uint32_t from, uint32_t to, uint32_t bytes);
  bool in_loader(uint32_t offset) const { return offset < map_.application + map_.loader_size; }
  bool may_skip(uint32_t index);
  bool place_raw();
  bool place_packed();
  bool write(const uint8_t* bytes, size_t count) override;
  BootReport apply(bool backed_up);
  BootReport start_trial();
  bool sum(uint32_t from, uint32_t bytes, uint32_t& crc);
  BootReport restore_backup(bool new_is_whole);
  BootReport end_withdrawn(BootOutcome outcome);
  BootReport end_with(BootOutcome outcome) {
    report_.outcome = outcome;
    return report_;
  }

  Flash& flash_;
  const FlashMap& map_;
  const wire::BootCommand& command_;
  BootJournal journal_;
  SectorCopy copy_;
  uint8_t* sector_;
  Inflater* inflater_;
  uint32_t next_ = 0;  // the sector that write() takes next
  bool placed_any_ = false;
  BootReport report_{BootOutcome::Failed, 0, false, false};
};

// Refuses a command that another program or another flash map has left.
bool CommandRun::is_valid() const {
  return command_.source % kSectorSize == 0 && command_.destination == map_.application &&
         command_.size != 0 && command_.size <= region() &&
         sectors(command_.size) <= wire::kBootProgressSectors && command_.source >= map_.staging &&
         command_.source < map_.staging_end &&
         whole_sectors(command_.size) <= map_.staging_end - command_.source &&
         command_.source > command_.destination && (!has_backup() || backup_is_valid());
}

// The backup lies above the running and the new application and below the staged image.
bool CommandRun::backup_is_valid() const {
  const uint32_t from = command_.destination;
  const uint32_t image = packed() ? 0 : whole_sectors(command_.size);
  return map_.keeps_backup && command_.backup_size != 0 && command_.backup_size <= region() &&
         command_.backup % kSectorSize == 0 && command_.backup < command_.source &&
         command_.backup > from && whole_sectors(command_.backup_size) <= command_.backup - from &&
         image <= command_.backup - from &&
         whole_sectors(command_.backup_size) <= command_.source - command_.backup;
}

// The largest image that a package may hold. It must not reach the package or the backup: after a
// power cut, unpacking starts again from the beginning of the package.
uint32_t CommandRun::unpacked_limit() const {
  const uint32_t below = (has_backup() ? command_.backup : command_.source) - command_.destination;
  const uint32_t counted = wire::kBootProgressSectors * kSectorSize;
  const uint32_t room = below < region() ? below : region();
  return room < counted ? room : counted;
}

// A resumed copy may have overwritten the start of a raw staged image: its CRC is no longer right.
CommandRun::ImageCheck CommandRun::check_image() {
  ImageCheck result = ImageCheck::Good;
  if (!report_.resumed) {
    result = check_staged();
  }
  return result == ImageCheck::Good && packed() ? check_package() : result;
}

CommandRun::ImageCheck CommandRun::check_staged() {
  ImageRules rules(flash_, map_, 0);
  uint32_t crc = 0;
  for (uint32_t done = 0; done < command_.size; done += kSectorSize) {
    const uint32_t left = command_.size - done;
    const uint32_t count = left < kSectorSize ? left : kSectorSize;
    if (!flash_.read(command_.source + done, sector_, kSectorSize)) {
      return ImageCheck::FlashFailed;
    }
    crc = wire::crc32(crc, sector_, count);
    const UpdateError error = packed() ? UpdateError::None : rules.add(sector_, count);
    if (error != UpdateError::None) {
      return error == UpdateError::Read ? ImageCheck::FlashFailed : ImageCheck::Bad;
    }
  }
  const bool good = crc == command_.image_crc && (packed() || rules.result() == UpdateError::None);
  return good ? ImageCheck::Good : ImageCheck::Bad;
}

CommandRun::ImageCheck CommandRun::check_package() {
  PackageSource source(flash_, command_.source, command_.size);
  ImageRules rules(flash_, map_, 0);
  RulesSink sink(rules);
  const InflateResult result = inflater_->run(source, &sink, unpacked_limit());
  if (result == InflateResult::SourceFailed || sink.flash_failed()) {
    return ImageCheck::FlashFailed;
  }
  const bool good =
      result == InflateResult::Ok && inflater_->size() != 0 && rules.result() == UpdateError::None;
  report_.size = good ? inflater_->size() : report_.size;
  return good ? ImageCheck::Good : ImageCheck::Bad;
}

bool CommandRun::copy_sectors(uint32_t from, uint32_t to, uint32_t bytes) {
  for (uint32_t done = 0; done < bytes; done += kSectorSize) {
    if (!copy_.copy(from + done, to + done, in_loader(to + done))) {
      return false;
    }
  }
  return true;
}

// The loader is never rewritten. The first other sector that a start places may be the one in which
// the power failed: it must be written again even if it reads right.
bool CommandRun::may_skip(uint32_t index) {
  if (in_loader(command_.destination + index * kSectorSize)) {
    return true;
  }
  const bool later = placed_any_;
  placed_any_ = true;
  return later;
}

bool CommandRun::place_raw() {
  for (uint32_t i = 0; i < sectors(command_.size); ++i) {
    const uint32_t at = i * kSectorSize;
    bool done = false;
    if (!journal_.is_placed(i, done)) {
      return false;
    }
    if (!done && (!copy_.copy(command_.source + at, command_.destination + at, may_skip(i)) ||
                  !journal_.mark_placed(i))) {
      return false;
    }
  }
  return true;
}

bool CommandRun::place_packed() {
  PackageSource source(flash_, command_.source, command_.size);
  next_ = 0;
  return inflater_->run(source, this, unpacked_limit()) == InflateResult::Ok;
}

bool CommandRun::write(const uint8_t* bytes, size_t count) {
  static_assert(Inflater::kRunBytes == kSectorSize, "a run is a sector");
  const uint32_t index = next_++;
  bool done = false;
  if (!journal_.is_placed(index, done) || done) {
    return done;
  }
  return copy_.put(command_.destination + index * kSectorSize, bytes, count, may_skip(index)) &&
         journal_.mark_placed(index);
}

BootReport CommandRun::run() {
  if (command_.action == wire::BootAction::EraseFilesystem) {
    return end_with(journal_.erase_filesystem(map_, command_) ? BootOutcome::Erased
                                                              : BootOutcome::Failed);
  }
  report_.size = command_.size;
  if (!is_valid() || (packed() && inflater_ == nullptr)) {
    return end_withdrawn(BootOutcome::Refused);
  }
  bool backed_up = false;
  bool applied = false;
  bool started = false;
  if (has_backup() && (!journal_.is_marked(wire::kBootKeptMark, backed_up) ||
                       !journal_.is_marked(wire::kBootPlacedMark, applied) ||
                       !journal_.is_marked(wire::kBootStartedMark, started))) {
    return end_with(BootOutcome::Failed);
  }
  if (started) {
    return restore_backup(true);
  }
  return applied ? start_trial() : apply(backed_up);
}

BootReport CommandRun::apply(bool backed_up) {
  if (!journal_.is_placed(0, report_.resumed)) {
    return end_with(BootOutcome::Failed);
  }
  switch (check_image()) {
    case ImageCheck::FlashFailed:
      return end_with(BootOutcome::Failed);
    case ImageCheck::Bad:
      if (!report_.resumed) {
        return end_withdrawn(BootOutcome::Refused);
      }
      // The old application is already overwritten: without a backup, only a retry can help.
      return backed_up ? restore_backup(false) : end_with(BootOutcome::Failed);
    case ImageCheck::Good:
      break;
  }
  // A mark that was cut may have been read as missing before: the backup was then begun again.
  if (backed_up && !report_.resumed) {
    uint32_t crc = 0;
    if (!sum(command_.backup, command_.backup_size, crc)) {
      return end_with(BootOutcome::Failed);
    }
    backed_up = crc == command_.backup_crc;
  }
  if (has_backup() && !backed_up &&
      (!copy_sectors(command_.destination, command_.backup, command_.backup_size) ||
       !journal_.mark(wire::kBootKeptMark))) {
    return end_with(BootOutcome::Failed);
  }
  if (!(packed() ? place_packed() : place_raw())) {
    return end_with(BootOutcome::Failed);
  }
  if (!has_backup()) {
    return end_withdrawn(BootOutcome::Applied);
  }
  return journal_.mark(wire::kBootPlacedMark) ? start_trial() : end_with(BootOutcome::Failed);
}

BootReport CommandRun::start_trial() {
  report_.on_trial = true;
  return end_with(journal_.mark(wire::kBootStartedMark) ? BootOutcome::Applied
                                                        : BootOutcome::Failed);
}

bool CommandRun::sum(uint32_t from, uint32_t bytes, uint32_t& crc) {
  crc = 0;
  for (uint32_t done = 0; done < bytes; done += kSectorSize) {
    const uint32_t left = bytes - done;
    if (!flash_.read(from + done, sector_, kSectorSize)) {
      return false;
    }
    crc = wire::crc32(crc, sector_, left < kSectorSize ? left : kSectorSize);
  }
  return true;
}

// Leaves the backup unchanged, so that a power cut here can be resumed. A damaged backup does not
// replace a whole new application; if there is none, only a retry can help.
BootReport CommandRun::restore_backup(bool new_is_whole) {
  uint32_t crc = 0;
  bool restoring = false;
  if (!sum(command_.backup, command_.backup_size, crc) ||
      !journal_.is_marked(wire::kBootRestoringMark, restoring)) {
    return end_with(BootOutcome::Failed);
  }
  if (crc != command_.backup_crc) {
    return new_is_whole && !restoring ? end_withdrawn(BootOutcome::Kept)
                                      : end_with(BootOutcome::Failed);
  }
  report_.size = command_.backup_size;
  return journal_.copy(command_) && journal_.mark(wire::kBootRestoringMark) &&
                 copy_sectors(command_.backup, command_.destination, command_.backup_size)
             ? end_withdrawn(BootOutcome::RolledBack)
             : end_with(BootOutcome::Failed);
}

BootReport CommandRun::end_withdrawn(BootOutcome outcome) {
  return end_with(journal_.withdraw() ? outcome : BootOutcome::Failed);
}

}  // namespace

BootReport run_boot_command(Flash& flash,
                            const FlashMap& map,
                            uint8_t* sector,
                            Inflater* inflater) {
  BootJournal journal(flash, map.command);
  wire::BootCommand command{};
  bool found = false;
  if (!journal.read(command, found) || !journal.settle(command, found)) {
    return {BootOutcome::Failed, 0, false, false};
  }
  if (!found) {
    return {BootOutcome::Nothing, 0, false, false};
  }
  return CommandRun(flash, map, command, sector, inflater).run();
}

}  // namespace otatool::firmware
