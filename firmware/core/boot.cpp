#include "boot.hpp"

#include <string.h>

namespace otatool::firmware {
namespace {

class Copy {
 public:
  Copy(Flash& flash, const FlashMap& map, const wire::BootCommand& command, uint8_t* sector)
      : flash_(flash), map_(map), command_(command), sector_(sector) {}

  uint32_t sectors() const { return whole_sectors(command_.size) / kSectorSize; }

  /// A command from other hands, or for another map, must not destroy anything.
  bool makes_sense() const {
    return command_.source % kSectorSize == 0 && command_.destination == map_.application &&
           command_.size != 0 && command_.size <= map_.application_end - map_.application &&
           sectors() <= wire::kBootProgressSectors && command_.source >= map_.staging &&
           command_.source < map_.staging_end &&
           whole_sectors(command_.size) <= map_.staging_end - command_.source &&
           command_.source > command_.destination;
  }

  bool copied(uint32_t index, bool& done) {
    alignas(4) uint8_t word[4];
    if (!flash_.read(word_offset(index), word, sizeof(word))) {
      return false;
    }
    done = (word[index / 8 % 4] >> index % 8 & 1) == 0;
    return true;
  }

  bool mark_copied(uint32_t index) {
    alignas(4) uint8_t word[4];
    if (!flash_.read(word_offset(index), word, sizeof(word))) {
      return false;
    }
    word[index / 8 % 4] = static_cast<uint8_t>(word[index / 8 % 4] & ~(1U << index % 8));
    return flash_.write(word_offset(index), word, sizeof(word));
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

  bool copy_sector(uint32_t index) {
    const uint32_t to = command_.destination + index * kSectorSize;
    if (!flash_.read(command_.source + index * kSectorSize, sector_, kSectorSize)) {
      return false;
    }
    bool same = false;
    if (!compare(to, same)) {
      return false;
    }
    if (same) {
      return true;
    }
    return flash_.erase_sector(to) && flash_.write(to, sector_, kSectorSize) && compare(to, same) &&
           same;
  }

 private:
  uint32_t word_offset(uint32_t index) const {
    return map_.command + wire::kBootProgressOffset + index / 32 * 4;
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

BootReport run_boot_command(Flash& flash, const FlashMap& map, uint8_t* sector) {
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
  Copy copy(flash, map, command, sector);
  if (!copy.makes_sense()) {
    return finished(flash, map, BootOutcome::Refused, report);
  }
  // Once a sector has been copied the staged image may be overwritten from below, and its CRC with
  // it.
  bool intact = false;
  if (!copy.copied(0, report.resumed) || (!report.resumed && !copy.intact(intact))) {
    return report;
  }
  if (!report.resumed && !intact) {
    return finished(flash, map, BootOutcome::Refused, report);
  }
  for (uint32_t i = 0; i < copy.sectors(); ++i) {
    bool done = false;
    if (!copy.copied(i, done)) {
      return report;
    }
    if (!done && (!copy.copy_sector(i) || !copy.mark_copied(i))) {
      return report;
    }
  }
  return finished(flash, map, BootOutcome::Applied, report);
}

}  // namespace otatool::firmware
