// Slows down password guessing: after three wrong answers, a pause that grows with each further
// one. No clock: times are milliseconds of a 32-bit counter that may wrap.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class GuessLimit {
 public:
  /// Wrong answers before the first pause.
  static constexpr uint8_t kFreeGuesses = 3;
  /// The longest pause. It holds for the addresses that guessed last; all others wait a quarter, so
  /// that the owner comes in while a stranger waits.
  static constexpr uint32_t kLongestPause = 60'000;
  /// The count starts again after this time without a wrong answer.
  static constexpr uint32_t kForgetAfter = 600'000;

  void wrong_answer(const Endpoint& from, uint32_t now);
  void right_answer() { count_ = 0; }
  /// Milliseconds until the next attempt from this address is taken; 0: now.
  uint32_t pause_left(const Endpoint& from, uint32_t now) const;
  /// True if this address has given one of the last wrong answers.
  bool guessed(const Endpoint& from) const;

 private:
  static constexpr uint8_t kRemembered = 4;

  uint32_t last_ = 0;                  ///< time of the last wrong answer
  uint32_t addresses_[kRemembered]{};  ///< hashes of the addresses that guessed last
  uint8_t next_ = 0;                   ///< place of the next hash
  uint8_t count_ = 0;                  ///< wrong answers
};

}  // namespace otatool::firmware
