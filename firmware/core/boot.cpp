#include "boot.hpp"

#include <string.h>

#include "package_verifier.hpp"

namespace otatool::firmware {
namespace {

class Copy {
 public:
  Copy(Flash& flash, const FlashMap& map, const wire::BootCommand& command, uint8_t* sector)
      : flash_(flash), map_(map), command_(command), sector_(sector) {}

  /// A command from other hands, or for another map, must not destroy anything.
  bool makes_sense() const {
    return command_.source % kSectorSize == 0 && command_.destination == map_.application &&
           command_.size != 0 && command_.size <= map_.application_end - map_.application &&
           sectors() <= wire::kBootProgressSectors && command_.source >= map_.staging &&
           command_.source < map_.staging_end &&
           whole_sectors(command_.size) <= map_.staging_end - command_.source &&
           command_.source > command_.destination;
  }

  /// Whether an earlier start has put this sector in place.
  bool copied(uint32_t index, bool& done) {
    alignas(4) uint8_t word[4];
    if (!flash_.read(word_offset(index), word, sizeof(word))) {
      return false;
    }
    done = (word[index / 8 % 4] >> index % 8 & 1) == 0;
    return true;
  }

  /// Whether the staged bytes are those that were received.
  bool intact(bool& result) {
    uint32_t crc = 0;
    for (uint32_t done = 0; done < command_.size; done += kSectorSize) {
      const uint32_t left = command_.size - done;
      if (!flash_.read(command_.source + done, sector_, kSectorSize)) {
        return false;
      }
      crc = wire::crc32(crc, sector_, left < kSectorSize ? left : kSectorSize);
    }
    result = crc == command_.image_crc;
    return true;
  }

  bool copy_all() {
    for (uint32_t i = 0; i < sectors(); ++i) {
      bool done = false;
      if (!copied(i, done)) {
        return false;
      }
      if (!done && (!flash_.read(command_.source + i * kSectorSize, sector_, kSectorSize) ||
                    !place_sector(i))) {
        return false;
      }
    }
    return true;
  }

  /// Puts sector `index` in place, from bytes that need not fill it.
  bool place(uint32_t index, const uint8_t* bytes, size_t count) {
    bool done = false;
    if (!copied(index, done) || done) {
      return done;
    }
    memcpy(sector_, bytes, count);
    memset(sector_ + count, 0xFF, kSectorSize - count);
    return place_sector(index);
  }

  /// The largest image that a package may hold. It stays whole until all of that is in place, since
  /// after a loss of power it is unpacked from its beginning again.
  uint32_t unpacked_limit() const {
    const uint32_t region = map_.application_end - map_.application;
    const uint32_t below = command_.source - command_.destination;
    const uint32_t counted = wire::kBootProgressSectors * kSectorSize;
    const uint32_t room = below < region ? below : region;
    return room < counted ? room : counted;
  }

 private:
  uint32_t sectors() const { return whole_sectors(command_.size) / kSectorSize; }

  uint32_t word_offset(uint32_t index) const {
    return map_.command + wire::kBootProgressOffset + index / 32 * 4;
  }

  bool place_sector(uint32_t index) {
    const uint32_t to = command_.destination + index * kSectorSize;
    bool same = false;
    if (!compare(to, same)) {
      return false;
    }
    if (!same && (!flash_.erase_sector(to) || !flash_.write(to, sector_, kSectorSize) ||
                  !compare(to, same) || !same)) {
      return false;
    }
    return mark_copied(index);
  }

  bool mark_copied(uint32_t index) {
    alignas(4) uint8_t word[4];
    if (!flash_.read(word_offset(index), word, sizeof(word))) {
      return false;
    }
    word[index / 8 % 4] = static_cast<uint8_t>(word[index / 8 % 4] & ~(1U << index % 8));
    return flash_.write(word_offset(index), word, sizeof(word));
  }

  bool compare(uint32_t offset, bool& same) {
    alignas(4) uint8_t part[64];
    same = true;
    for (uint32_t done = 0; done < kSectorSize && same; done += sizeof(part)) {
      if (!flash_.read(offset + done, part, sizeof(part))) {
        return false;
      }
      same = memcmp(part, sector_ + done, sizeof(part)) == 0;
    }
    return true;
  }

  Flash& flash_;
  const FlashMap& map_;
  const wire::BootCommand& command_;
  uint8_t* sector_;
};

/// Takes an unpacked image; runs are as long as sectors.
class UnpackedSectors final : public InflateSink {
 public:
  static_assert(Inflater::kRunBytes == kSectorSize, "a run is a sector");

  explicit UnpackedSectors(Copy& copy) : copy_(copy) {}
  bool write(const uint8_t* bytes, size_t count) override {
    return copy_.place(index_++, bytes, count);
  }

 private:
  Copy& copy_;
  uint32_t index_ = 0;
};

/// Applied, Failed, or Refused for a package that is no use, of which nothing was written.
BootOutcome unpack(Copy& copy,
                   Flash& flash,
                   const wire::BootCommand& command,
                   Inflater& inflater,
                   uint32_t& size) {
  PackageSource trial(flash, command.source, command.size);
  const InflateResult verdict = inflater.run(trial, nullptr, copy.unpacked_limit());
  if (verdict != InflateResult::Ok || inflater.size() == 0) {
    return verdict == InflateResult::SourceFailed ? BootOutcome::Failed : BootOutcome::Refused;
  }
  size = inflater.size();
  PackageSource source(flash, command.source, command.size);
  UnpackedSectors sink(copy);
  return inflater.run(source, &sink, copy.unpacked_limit()) == InflateResult::Ok
             ? BootOutcome::Applied
             : BootOutcome::Failed;
}

/// All zero: even an erase of this sector that is cut off later cannot bring the record back.
bool withdraw(Flash& flash, const FlashMap& map) {
  alignas(4) uint8_t zeros[wire::kBootCommandLength] = {};
  return flash.write(map.command, zeros, sizeof(zeros));
}

BootReport finished(Flash& flash, const FlashMap& map, BootOutcome outcome, BootReport report) {
  report.outcome = withdraw(flash, map) ? outcome : BootOutcome::Failed;
  return report;
}

}  // namespace

BootReport run_boot_command(Flash& flash,
                            const FlashMap& map,
                            uint8_t* sector,
                            Inflater* inflater) {
  BootReport report{BootOutcome::Failed, 0, false};
  alignas(4) uint8_t record[wire::kBootCommandLength];
  if (!flash.read(map.command, record, sizeof(record))) {
    return report;
  }
  wire::BootCommand command{};
  if (!wire::parse_boot_command(record, command)) {
    report.outcome = BootOutcome::Nothing;
    return report;
  }
  report.size = command.size;
  const bool packed = command.action == wire::BootAction::Unpack;
  Copy copy(flash, map, command, sector);
  if (!copy.makes_sense() || (packed && inflater == nullptr)) {
    return finished(flash, map, BootOutcome::Refused, report);
  }
  // Once a sector has been copied a staged image may be overwritten from below, and its CRC with
  // it.
  bool intact = false;
  if (!copy.copied(0, report.resumed) || (!report.resumed && !copy.intact(intact))) {
    return report;
  }
  if (!report.resumed && !intact) {
    return finished(flash, map, BootOutcome::Refused, report);
  }
  BootOutcome outcome = BootOutcome::Failed;
  if (packed) {
    outcome = unpack(copy, flash, command, *inflater, report.size);
  } else if (copy.copy_all()) {
    outcome = BootOutcome::Applied;
  }
  // With some sectors in place already, trying again is the only hope for a package gone bad.
  if (outcome == BootOutcome::Failed || (outcome == BootOutcome::Refused && report.resumed)) {
    report.outcome = BootOutcome::Failed;
    return report;
  }
  return finished(flash, map, outcome, report);
}

}  // namespace otatool::firmware
