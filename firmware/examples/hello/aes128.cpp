#include "firmware/examples/hello/aes128.hpp"

#include <stddef.h>

namespace otatool::hello {
namespace {

constexpr unsigned kRounds = 10;

constexpr uint8_t times_two(uint8_t value) {
  const uint32_t doubled = static_cast<uint32_t>(value) << 1U;
  return static_cast<uint8_t>(doubled ^ ((value & 0x80U) != 0 ? 0x1BU : 0U));
}

constexpr uint8_t times(uint8_t left, uint8_t right) {
  uint8_t product = 0;
  for (; right != 0; right = static_cast<uint8_t>(right >> 1U)) {
    if ((right & 1U) != 0) {
      product = static_cast<uint8_t>(product ^ left);
    }
    left = times_two(left);
  }
  return product;
}

struct Tables {
  uint8_t forward[256] = {};
  uint8_t inverse[256] = {};
  // Word i: the column that byte i of row 0 gives under MixColumns and its inverse.
  uint32_t mix[256] = {};
  uint32_t unmix[256] = {};
};

constexpr uint32_t column(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return static_cast<uint32_t>(a) << 24U | static_cast<uint32_t>(b) << 16U |
         static_cast<uint32_t>(c) << 8U | d;
}

// FIPS 197, 5.1.1: walks the field by the generator 3 and its inverse side by side.
constexpr Tables make_tables() {
  Tables tables{};
  uint8_t power = 1;
  uint8_t reciprocal = 1;
  do {
    power = static_cast<uint8_t>(power ^ times_two(power));
    reciprocal = times(reciprocal, 0xF6);
    uint32_t affine = reciprocal;
    affine ^= affine << 1U ^ affine << 2U ^ affine << 3U ^ affine << 4U;
    tables.forward[power] = static_cast<uint8_t>(affine ^ affine >> 8U ^ 0x63U);
  } while (power != 1);
  tables.forward[0] = 0x63;
  for (unsigned i = 0; i < 256; ++i) {
    tables.inverse[tables.forward[i]] = static_cast<uint8_t>(i);
  }
  for (unsigned i = 0; i < 256; ++i) {
    const uint8_t s = tables.forward[i];
    tables.mix[i] = column(times(s, 2), s, s, times(s, 3));
    const auto b = static_cast<uint8_t>(i);
    tables.unmix[i] = column(times(b, 14), times(b, 9), times(b, 13), times(b, 11));
  }
  return tables;
}

constexpr Tables kTables = make_tables();

uint32_t rotate_right(uint32_t value, unsigned bits) {
  return bits == 0 ? value : (value >> bits) | (value << (32U - bits));
}

uint32_t load(const uint8_t* bytes) {
  return column(bytes[0], bytes[1], bytes[2], bytes[3]);
}

void store(uint8_t* bytes, uint32_t word) {
  for (unsigned i = 0; i < 4; ++i) {
    bytes[i] = static_cast<uint8_t>(word >> (24U - 8U * i));
  }
}

uint8_t byte_of(uint32_t word, unsigned row) {
  return static_cast<uint8_t>(word >> (24U - 8U * row));
}

uint32_t substitute(uint32_t word, const uint8_t (&box)[256]) {
  return column(
      box[byte_of(word, 0)], box[byte_of(word, 1)], box[byte_of(word, 2)], box[byte_of(word, 3)]);
}

uint32_t unmix(uint32_t word) {
  uint32_t result = 0;
  for (unsigned row = 0; row < 4; ++row) {
    result ^= rotate_right(kTables.unmix[byte_of(word, row)], 8 * row);
  }
  return result;
}

}  // namespace

Aes128::Aes128(const uint8_t* key) : round_keys_{} {
  for (unsigned i = 0; i < 4; ++i) {
    round_keys_[i] = load(key + size_t{4} * i);
  }
  uint8_t constant = 1;
  for (unsigned i = 4; i < 44; ++i) {
    uint32_t word = round_keys_[i - 1];
    if (i % 4 == 0) {
      word = substitute(rotate_right(word, 24), kTables.forward) ^
             (static_cast<uint32_t>(constant) << 24U);
      constant = times_two(constant);
    }
    round_keys_[i] = round_keys_[i - 4] ^ word;
  }
}

void Aes128::encrypt(uint8_t* block) const {
  uint32_t state[4];
  for (unsigned i = 0; i < 4; ++i) {
    state[i] = load(block + size_t{4} * i) ^ round_keys_[i];
  }
  for (unsigned round = 1; round < kRounds; ++round) {
    uint32_t next[4];
    for (unsigned i = 0; i < 4; ++i) {
      next[i] = round_keys_[4 * round + i];
      for (unsigned row = 0; row < 4; ++row) {
        next[i] ^= rotate_right(kTables.mix[byte_of(state[(i + row) % 4], row)], 8 * row);
      }
    }
    for (unsigned i = 0; i < 4; ++i) {
      state[i] = next[i];
    }
  }
  for (unsigned i = 0; i < 4; ++i) {
    const uint32_t shifted = column(byte_of(state[i], 0),
                                    byte_of(state[(i + 1) % 4], 1),
                                    byte_of(state[(i + 2) % 4], 2),
                                    byte_of(state[(i + 3) % 4], 3));
    store(block + size_t{4} * i,
          substitute(shifted, kTables.forward) ^ round_keys_[4 * kRounds + i]);
  }
}

void Aes128::decrypt(uint8_t* block) const {
  uint32_t state[4];
  for (unsigned i = 0; i < 4; ++i) {
    state[i] = load(block + size_t{4} * i) ^ round_keys_[4 * kRounds + i];
  }
  for (unsigned round = kRounds; round-- > 0;) {
    uint32_t next[4];
    for (unsigned i = 0; i < 4; ++i) {
      const uint32_t shifted = column(byte_of(state[i], 0),
                                      byte_of(state[(i + 3) % 4], 1),
                                      byte_of(state[(i + 2) % 4], 2),
                                      byte_of(state[(i + 1) % 4], 3));
      next[i] = substitute(shifted, kTables.inverse) ^ round_keys_[4 * round + i];
    }
    for (unsigned i = 0; i < 4; ++i) {
      state[i] = round == 0 ? next[i] : unmix(next[i]);
    }
  }
  for (unsigned i = 0; i < 4; ++i) {
    store(block + size_t{4} * i, state[i]);
  }
}

}  // namespace otatool::hello
