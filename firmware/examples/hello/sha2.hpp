// The algorithm that SHA-256 and SHA-512 share (FIPS 180-4, section 6). No heap, no state.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/examples/hello/digest.hpp"

namespace otatool::hello {

template <typename Word>
struct Sha2Lanes {
  Word a, b, c, d, e, f, g, h;
};

/// Three rotations, or two and a shift, that are combined by exclusive or.
struct Sha2Mix {
  unsigned first, second, third;
};

/// A `Family` gives what differs: `Word`, `Digest`, `kRounds`, a constant for each `round(i)`,
/// `kInitial` lanes, and the mixes `kSmall0`, `kSmall1` (of the schedule), `kLarge0` and `kLarge1`.
template <typename Family>
class Sha2 {
 public:
  static typename Family::Digest digest(const uint8_t* data, size_t size) {
    Lanes state = Family::kInitial;
    for_each_padded_block(
        data, size, kBlockBytes, true, [&state](const uint8_t* block) { compress(state, block); });
    const Word lanes[8] = {state.a, state.b, state.c, state.d, state.e, state.f, state.g, state.h};
    typename Family::Digest digest{};
    for (unsigned i = 0; i < Family::Digest::kBytes; ++i) {
      digest.bytes[i] = static_cast<uint8_t>(lanes[i / sizeof(Word)] >>
                                             (kWordBits - 8U - 8U * (i % sizeof(Word))));
    }
    return digest;
  }

 private:
  using Word = typename Family::Word;
  using Lanes = Sha2Lanes<Word>;
  static constexpr unsigned kWordBits = 8 * sizeof(Word);
  static constexpr unsigned kBlockBytes = 16 * sizeof(Word);

  static Word rotate_right(Word value, unsigned bits) {
    return (value >> bits) | (value << (kWordBits - bits));
  }
  static Word rotated(Word value, const Sha2Mix& by) {
    return rotate_right(value, by.first) ^ rotate_right(value, by.second) ^
           rotate_right(value, by.third);
  }
  static Word shifted(Word value, const Sha2Mix& by) {
    return rotate_right(value, by.first) ^ rotate_right(value, by.second) ^ (value >> by.third);
  }

  static void expand(const uint8_t* block, Word (&words)[Family::kRounds]) {
    for (unsigned i = 0; i < 16; ++i) {
      words[i] = 0;
      for (unsigned j = 0; j < sizeof(Word); ++j) {
        words[i] = words[i] << 8U | block[sizeof(Word) * i + j];
      }
    }
    for (unsigned i = 16; i < Family::kRounds; ++i) {
      words[i] = words[i - 16] + words[i - 7] + shifted(words[i - 15], Family::kSmall0) +
                 shifted(words[i - 2], Family::kSmall1);
    }
  }

  static inline __attribute__((always_inline)) void round(Lanes& s, Word input) {
    const Word first = s.h + rotated(s.e, Family::kLarge1) + ((s.e & s.f) ^ (~s.e & s.g)) + input;
    const Word second = rotated(s.a, Family::kLarge0) + ((s.a & s.b) ^ (s.a & s.c) ^ (s.b & s.c));
    s = {first + second, s.a, s.b, s.c, s.d + first, s.e, s.f, s.g};
  }

  static void compress(Lanes& state, const uint8_t* block) {
    Word words[Family::kRounds];
    expand(block, words);
    Lanes s = state;
    for (unsigned i = 0; i < Family::kRounds; i += 8) {
      round(s, Family::round(i) + words[i]);
      round(s, Family::round(i + 1) + words[i + 1]);
      round(s, Family::round(i + 2) + words[i + 2]);
      round(s, Family::round(i + 3) + words[i + 3]);
      round(s, Family::round(i + 4) + words[i + 4]);
      round(s, Family::round(i + 5) + words[i + 5]);
      round(s, Family::round(i + 6) + words[i + 6]);
      round(s, Family::round(i + 7) + words[i + 7]);
    }
    state = {state.a + s.a,
             state.b + s.b,
             state.c + s.c,
             state.d + s.d,
             state.e + s.e,
             state.f + s.f,
             state.g + s.g,
             state.h + s.h};
  }
};

}  // namespace otatool::hello
