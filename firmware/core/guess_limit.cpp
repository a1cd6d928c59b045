#include "firmware/core/guess_limit.hpp"

namespace otatool::firmware {
namespace {

/// FNV-1a of the address without the port; two addresses with one hash share their pause.
uint32_t hash_of(const Endpoint& endpoint) {
  uint32_t hash = 2166136261U;
  for (uint8_t i = 0; i < endpoint.address_length; ++i) {
    hash = (hash ^ endpoint.address[i]) * 16777619U;
  }
  return hash;
}

}  // namespace

void GuessLimit::wrong_answer(const Endpoint& from, uint32_t now) {
  if (now - last_ >= kForgetAfter) {
    count_ = 0;
  }
  last_ = now;
  if (!guessed(from)) {
    addresses_[next_] = hash_of(from);
    next_ = static_cast<uint8_t>((next_ + 1U) % kRemembered);
  }
  if (count_ < 2 * kFreeGuesses + 1) {
    ++count_;
  }
}

bool GuessLimit::guessed(const Endpoint& from) const {
  const uint32_t hash = hash_of(from);
  for (const uint32_t known : addresses_) {
    if (known == hash) {
      return true;
    }
  }
  return false;
}

uint32_t GuessLimit::pause_left(const Endpoint& from, uint32_t now) const {
  if (count_ < kFreeGuesses) {
    return 0;
  }
  // 4, 8, 16, 32 and 60 seconds.
  uint32_t pause = 4'000U << (count_ - kFreeGuesses);
  pause = pause < kLongestPause ? pause : kLongestPause;
  pause = guessed(from) ? pause : pause / 4;
  const uint32_t passed = now - last_;
  return passed < pause ? pause - passed : 0;
}

}  // namespace otatool::firmware
