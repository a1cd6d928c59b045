#include "firmware/core/boot/boot_journal.hpp"

namespace otatool::firmware {

bool BootJournal::read(wire::BootCommand& command, bool& found) {
  alignas(4) uint8_t record[wire::kBootCommandLength];
  found = false;
  if (!flash_.read(sector_, record, sizeof(record))) {
    return false;
  }
  found = wire::parse_boot_command(record, command);
  return true;
}

bool BootJournal::withdraw() {
  alignas(4) uint8_t zeros[wire::kBootCommandLength] = {};
  return flash_.write(sector_, zeros, sizeof(zeros));
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
  return true;
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
