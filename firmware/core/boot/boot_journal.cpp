#include "firmware/core/boot/boot_journal.hpp"

namespace otatool::firmware {
namespace {

/// Offsets of the record and of its copy.
constexpr uint32_t kPlaces[] = {0, wire::kBootCopyOffset};

}  // namespace

bool BootJournal::read(wire::BootCommand& command, bool& found) {
  alignas(4) uint8_t record[wire::kBootCommandLength];
  found = false;
  for (const uint32_t offset : kPlaces) {
    if (!found && !flash_.read(sector_ + offset, record, sizeof(record))) {
      return false;
    }
    if (!found && wire::parse_boot_command(record, command)) {
      found = true;
      found_at_ = offset;
    }
  }
  return true;
}

// Both a record that was not written completely and one that was not withdrawn completely read as
// valid at times.
bool BootJournal::settle(const wire::BootCommand& command, bool found) {
  if (found) {
    return write(found_at_, command);
  }
  for (const uint32_t offset : kPlaces) {
    uint32_t words[wire::kBootCommandLength / 4];
    if (!flash_.read(sector_ + offset, words, sizeof(words))) {
      return false;
    }
    bool clean = true;
    for (const uint32_t word : words) {
      clean = clean && word == words[0] && (word == 0 || word == 0xFFFFFFFF);
    }
    if (!clean && !withdraw()) {
      return false;
    }
  }
  return true;
}

bool BootJournal::copy(const wire::BootCommand& command) {
  return write(wire::kBootCopyOffset, command);
}

bool BootJournal::write(uint32_t offset, const wire::BootCommand& command) {
  alignas(4) uint8_t record[wire::kBootCommandLength];
  wire::format_boot_command(command, record);
  return flash_.write(sector_ + offset, record, sizeof(record));
}

bool BootJournal::withdraw() {
  alignas(4) uint8_t zeros[wire::kBootCommandLength] = {};
  return flash_.write(sector_, zeros, sizeof(zeros)) &&
         flash_.write(sector_ + wire::kBootCopyOffset, zeros, sizeof(zeros));
}

bool BootJournal::is_blank(uint32_t offset, bool& blank) {
  uint32_t words[16];
  blank = true;
  for (uint32_t done = 0; done < kSectorSize && blank; done += sizeof(words)) {
    if (!flash_.read(offset + done, words, sizeof(words))) {
      return false;
    }
    for (const uint32_t word : words) {
      blank = blank && word == 0xFFFFFFFF;
    }
  }
  return true;
}

bool BootJournal::erase_filesystem(const FlashMap& map, const wire::BootCommand& command) {
  const bool inside = command.source % kSectorSize == 0 && command.source >= map.filesystem &&
                      command.source <= map.filesystem_end &&
                      command.size <= map.filesystem_end - command.source;
  for (uint32_t done = 0; inside && done < command.size; done += kSectorSize) {
    bool blank = false;
    if (!is_blank(command.source + done, blank) ||
        (!blank && !flash_.erase_sector(command.source + done))) {
      return false;
    }
  }
  return withdraw();
}

bool BootJournal::is_marked(uint32_t mark_offset, bool& set) {
  uint32_t word = 0;
  if (!flash_.read(sector_ + mark_offset, &word, sizeof(word))) {
    return false;
  }
  set = word != 0xFFFFFFFF;
  return !set || word == 0 || mark(mark_offset);
}

bool BootJournal::mark(uint32_t mark_offset) {
  const uint32_t zero = 0;
  return flash_.write(sector_ + mark_offset, &zero, sizeof(zero));
}

bool BootJournal::is_placed(uint32_t index, bool& done) {
  alignas(4) uint8_t word[4];
  if (!flash_.read(progress_word(index), word, sizeof(word))) {
    return false;
  }
  done = (word[index / 8 % 4] >> index % 8 & 1) == 0;
  return !done || mark_placed(index);
}

bool BootJournal::mark_placed(uint32_t index) {
  alignas(4) uint8_t word[4];
  if (!flash_.read(progress_word(index), word, sizeof(word))) {
    return false;
  }
  word[index / 8 % 4] = static_cast<uint8_t>(word[index / 8 % 4] & ~(1U << index % 8));
  return flash_.write(progress_word(index), word, sizeof(word));
}

}  // namespace otatool::firmware
