#include "firmware/core/boot/trial.hpp"

#include "firmware/core/boot/boot_journal.hpp"

namespace otatool::firmware {

bool Trial::begin(uint32_t now) {
  BootJournal journal(flash_, map_.command);
  wire::BootCommand command{};
  bool found = false;
  bool started = false;
  if (!journal.read(command, found) || !journal.is_marked(wire::kBootStartedMark, started)) {
    return false;
  }
  running_ = found && started;
  began_ = now;
  return true;
}

bool Trial::confirm() {
  if (running_ && !BootJournal(flash_, map_.command).withdraw()) {
    return false;
  }
  running_ = false;
  return true;
}

void Trial::poll(uint32_t now) {
  if (running_ && now - began_ >= length_ms_) {
    restart_.restart();
  }
}

}  // namespace otatool::firmware
