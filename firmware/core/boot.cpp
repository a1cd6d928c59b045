#include "boot.hpp"

#include "boot_journal.hpp"
#include "image_rules.hpp"
#include "package_source.hpp"
#include "sector_copy.hpp"

namespace otatool::firmware {
namespace {

/// Shows the unpacked image to the rules before anything is written.
class RulesSink final : public InflateSink {
 public:
  explicit RulesSink(ImageRules& rules) : rules_(rules) {}
  bool write(const uint8_t* bytes, size_t count) override {
    error_ = rules_.take(bytes, count);
    return error_ == UpdateError::None;
  }
  bool flash_failed() const { return error_ == UpdateError::Read; }

 private:
  ImageRules& rules_;
  UpdateError error_ = UpdateError::None;
};

class Execution final : private InflateSink {
 public:
  Execution(Flash& flash,
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
  enum class Verdict : uint8_t { Good, Bad, FlashFailed };

  bool packed() const { return command_.action == wire::BootAction::Unpack; }
  bool has_backup() const { return command_.backup != wire::kNoBackup; }
  uint32_t region() const { return map_.application_end - map_.application; }
  static uint32_t sectors(uint32_t bytes) { return whole_sectors(bytes) / kSectorSize; }

  bool makes_sense() const;
  bool backup_makes_sense() const;
  uint32_t unpacked_limit() const;
  Verdict check_image();
  Verdict check_staged();
  Verdict check_package();
  bool copy_sectors(uint32_t from, uint32_t to, uint32_t bytes);
  bool place_raw();
  bool place_packed();
  bool write(const uint8_t* bytes, size_t count) override;
  BootReport apply(bool kept);
  BootReport start_trial();
  BootReport put_back();
  BootReport withdrawn(BootOutcome outcome);
  BootReport ended(BootOutcome outcome) {
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
  BootReport report_{BootOutcome::Failed, 0, false, false};
};

// A command from other hands, or for another map, must not destroy anything.
bool Execution::makes_sense() const {
  return command_.source % kSectorSize == 0 && command_.destination == map_.application &&
         command_.size != 0 && command_.size <= region() &&
         sectors(command_.size) <= wire::kBootProgressSectors && command_.source >= map_.staging &&
         command_.source < map_.staging_end &&
         whole_sectors(command_.size) <= map_.staging_end - command_.source &&
         command_.source > command_.destination && (!has_backup() || backup_makes_sense());
}

// Between what runs or will run, and the staged image.
bool Execution::backup_makes_sense() const {
  const uint32_t from = command_.destination;
  const uint32_t image = packed() ? 0 : whole_sectors(command_.size);
  return map_.keeps_backup && command_.backup_size != 0 && command_.backup_size <= region() &&
         command_.backup % kSectorSize == 0 && command_.backup < command_.source &&
         command_.backup > from && whole_sectors(command_.backup_size) <= command_.backup - from &&
         image <= command_.backup - from &&
         whole_sectors(command_.backup_size) <= command_.source - command_.backup;
}

// The largest image that a package may hold. The package and the backup stay whole until all of it
// is in place, since after a loss of power it is unpacked from its beginning again.
uint32_t Execution::unpacked_limit() const {
  const uint32_t below = (has_backup() ? command_.backup : command_.source) - command_.destination;
  const uint32_t counted = wire::kBootProgressSectors * kSectorSize;
  const uint32_t room = below < region() ? below : region();
  return room < counted ? room : counted;
}

// Once a sector has been copied a staged image may be overwritten from below, and its CRC with it.
Execution::Verdict Execution::check_image() {
  Verdict verdict = Verdict::Good;
  if (!report_.resumed) {
    verdict = check_staged();
  }
  return verdict == Verdict::Good && packed() ? check_package() : verdict;
}

Execution::Verdict Execution::check_staged() {
  ImageRules rules(flash_, map_, 0);
  uint32_t crc = 0;
  for (uint32_t done = 0; done < command_.size; done += kSectorSize) {
    const uint32_t left = command_.size - done;
    const uint32_t count = left < kSectorSize ? left : kSectorSize;
    if (!flash_.read(command_.source + done, sector_, kSectorSize)) {
      return Verdict::FlashFailed;
    }
    crc = wire::crc32(crc, sector_, count);
    const UpdateError error = packed() ? UpdateError::None : rules.take(sector_, count);
    if (error != UpdateError::None) {
      return error == UpdateError::Read ? Verdict::FlashFailed : Verdict::Bad;
    }
  }
  const bool good = crc == command_.image_crc && (packed() || rules.verdict() == UpdateError::None);
  return good ? Verdict::Good : Verdict::Bad;
}

Execution::Verdict Execution::check_package() {
  PackageSource source(flash_, command_.source, command_.size);
  ImageRules rules(flash_, map_, 0);
  RulesSink sink(rules);
  const InflateResult result = inflater_->run(source, &sink, unpacked_limit());
  if (result == InflateResult::SourceFailed || sink.flash_failed()) {
    return Verdict::FlashFailed;
  }
  const bool good =
      result == InflateResult::Ok && inflater_->size() != 0 && rules.verdict() == UpdateError::None;
  report_.size = good ? inflater_->size() : report_.size;
  return good ? Verdict::Good : Verdict::Bad;
}

bool Execution::copy_sectors(uint32_t from, uint32_t to, uint32_t bytes) {
  for (uint32_t done = 0; done < bytes; done += kSectorSize) {
    if (!copy_.copy(from + done, to + done)) {
      return false;
    }
  }
  return true;
}

bool Execution::place_raw() {
  for (uint32_t i = 0; i < sectors(command_.size); ++i) {
    const uint32_t at = i * kSectorSize;
    bool done = false;
    if (!journal_.placed(i, done)) {
      return false;
    }
    if (!done &&
        (!copy_.copy(command_.source + at, command_.destination + at) || !journal_.set_placed(i))) {
      return false;
    }
  }
  return true;
}

bool Execution::place_packed() {
  PackageSource source(flash_, command_.source, command_.size);
  next_ = 0;
  return inflater_->run(source, this, unpacked_limit()) == InflateResult::Ok;
}

bool Execution::write(const uint8_t* bytes, size_t count) {
  static_assert(Inflater::kRunBytes == kSectorSize, "a run is a sector");
  const uint32_t index = next_++;
  bool done = false;
  if (!journal_.placed(index, done) || done) {
    return done;
  }
  return copy_.put(command_.destination + index * kSectorSize, bytes, count) &&
         journal_.set_placed(index);
}

BootReport Execution::run() {
  report_.size = command_.size;
  if (!makes_sense() || (packed() && inflater_ == nullptr)) {
    return withdrawn(BootOutcome::Refused);
  }
  bool kept = false;
  bool placed = false;
  bool started = false;
  if (has_backup() && (!journal_.marked(wire::kBootKeptMark, kept) ||
                       !journal_.marked(wire::kBootPlacedMark, placed) ||
                       !journal_.marked(wire::kBootStartedMark, started))) {
    return ended(BootOutcome::Failed);
  }
  if (started) {
    return put_back();
  }
  return placed ? start_trial() : apply(kept);
}

BootReport Execution::apply(bool kept) {
  if (!journal_.placed(0, report_.resumed)) {
    return ended(BootOutcome::Failed);
  }
  switch (check_image()) {
    case Verdict::FlashFailed:
      return ended(BootOutcome::Failed);
    case Verdict::Bad:
      if (!report_.resumed) {
        return withdrawn(BootOutcome::Refused);
      }
      // With some sectors in place already, trying again is the only hope without a backup.
      return kept ? put_back() : ended(BootOutcome::Failed);
    case Verdict::Good:
      break;
  }
  if (has_backup() && !kept &&
      (!copy_sectors(command_.destination, command_.backup, command_.backup_size) ||
       !journal_.mark(wire::kBootKeptMark))) {
    return ended(BootOutcome::Failed);
  }
  if (!(packed() ? place_packed() : place_raw())) {
    return ended(BootOutcome::Failed);
  }
  if (!has_backup()) {
    return withdrawn(BootOutcome::Applied);
  }
  return journal_.mark(wire::kBootPlacedMark) ? start_trial() : ended(BootOutcome::Failed);
}

BootReport Execution::start_trial() {
  report_.on_trial = true;
  return ended(journal_.mark(wire::kBootStartedMark) ? BootOutcome::Applied : BootOutcome::Failed);
}

// The backup stays as it is, so that this can be cut off and begun again.
BootReport Execution::put_back() {
  report_.size = command_.backup_size;
  return copy_sectors(command_.backup, command_.destination, command_.backup_size)
             ? withdrawn(BootOutcome::RolledBack)
             : ended(BootOutcome::Failed);
}

BootReport Execution::withdrawn(BootOutcome outcome) {
  return ended(journal_.withdraw() ? outcome : BootOutcome::Failed);
}

}  // namespace

BootReport run_boot_command(Flash& flash,
                            const FlashMap& map,
                            uint8_t* sector,
                            Inflater* inflater) {
  wire::BootCommand command{};
  bool found = false;
  if (!BootJournal(flash, map.command).read(command, found)) {
    return {BootOutcome::Failed, 0, false, false};
  }
  if (!found) {
    return {BootOutcome::Nothing, 0, false, false};
  }
  return Execution(flash, map, command, sector, inflater).run();
}

}  // namespace otatool::firmware
