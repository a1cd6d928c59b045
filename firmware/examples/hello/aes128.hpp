// AES-128 (FIPS 197), one block at a time, by tables made at compile time. Not constant-time: a
// sample.
#pragma once

#include <stdint.h>

namespace otatool::hello {

class Aes128 {
 public:
  /// `key` has 16 bytes.
  explicit Aes128(const uint8_t* key);

  /// Encrypts the 16 bytes at `block` in place.
  void encrypt(uint8_t* block) const;

  /// Decrypts the 16 bytes at `block` in place.
  void decrypt(uint8_t* block) const;

 private:
  uint32_t round_keys_[44];
};

}  // namespace otatool::hello
