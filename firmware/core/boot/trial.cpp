#include "firmware/core/boot/trial.hpp"

namespace otatool::firmware {

bool Trial::begin(uint32_t now) {
  TrialState state = TrialState::Unsupported;
  if (!installer_.read_trial(state)) {
    return false;
  }
  running_ = state == TrialState::OnTrial;
  began_ = now;
  return true;
}

bool Trial::confirm() {
  if (running_ && !installer_.confirm()) {
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
