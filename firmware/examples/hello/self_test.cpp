#include "firmware/examples/hello/self_test.hpp"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "firmware/examples/hello/aes128.hpp"
#include "firmware/examples/hello/crc32.hpp"
#include "firmware/examples/hello/digest.hpp"
#include "firmware/examples/hello/spectrum.hpp"

namespace otatool::hello {
namespace {

const uint8_t kAbc[3] = {'a', 'b', 'c'};

// RFC 1321, A.5.
bool md5_is_right() {
  const uint8_t expected[Md5::kBytes] = {0x90,
                                         0x01,
                                         0x50,
                                         0x98,
                                         0x3C,
                                         0xD2,
                                         0x4F,
                                         0xB0,
                                         0xD6,
                                         0x96,
                                         0x3F,
                                         0x7D,
                                         0x28,
                                         0xE1,
                                         0x7F,
                                         0x72};
  return memcmp(md5(kAbc, sizeof kAbc).bytes, expected, sizeof expected) == 0;
}

// FIPS 180-4 examples: SHA-256 and SHA-512 of "abc".
bool sha256_is_right() {
  const uint8_t expected[Sha256::kBytes] = {0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA,
                                            0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23,
                                            0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C,
                                            0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD};
  return memcmp(sha256(kAbc, sizeof kAbc).bytes, expected, sizeof expected) == 0;
}

bool sha512_is_right() {
  const uint8_t expected[Sha512::kBytes] = {
      0xDD, 0xAF, 0x35, 0xA1, 0x93, 0x61, 0x7A, 0xBA, 0xCC, 0x41, 0x73, 0x49, 0xAE,
      0x20, 0x41, 0x31, 0x12, 0xE6, 0xFA, 0x4E, 0x89, 0xA9, 0x7E, 0xA2, 0x0A, 0x9E,
      0xEE, 0xE6, 0x4B, 0x55, 0xD3, 0x9A, 0x21, 0x92, 0x99, 0x2A, 0x27, 0x4F, 0xC1,
      0xA8, 0x36, 0xBA, 0x3C, 0x23, 0xA3, 0xFE, 0xEB, 0xBD, 0x45, 0x4D, 0x44, 0x23,
      0x64, 0x3C, 0xE8, 0x0E, 0x2A, 0x9A, 0xC9, 0x4F, 0xA5, 0x4C, 0xA4, 0x9F};
  return memcmp(sha512(kAbc, sizeof kAbc).bytes, expected, sizeof expected) == 0;
}

// FIPS 197, appendix C.1.
bool aes_is_right() {
  uint8_t key[16];
  uint8_t block[16];
  for (unsigned i = 0; i < 16; ++i) {
    key[i] = static_cast<uint8_t>(i);
    block[i] = static_cast<uint8_t>(0x11U * i);
  }
  const uint8_t expected[16] = {0x69,
                                0xC4,
                                0xE0,
                                0xD8,
                                0x6A,
                                0x7B,
                                0x04,
                                0x30,
                                0xD8,
                                0xCD,
                                0xB7,
                                0x80,
                                0x70,
                                0xB4,
                                0xC5,
                                0x5A};
  const Aes128 cipher(key);
  cipher.encrypt(block);
  const bool encrypted = memcmp(block, expected, sizeof expected) == 0;
  cipher.decrypt(block);
  bool decrypted = true;
  for (unsigned i = 0; i < 16; ++i) {
    decrypted = decrypted && block[i] == 0x11U * i;
  }
  return encrypted && decrypted;
}

// The check value of the CRC catalogues.
bool crc_is_right() {
  const uint8_t digits[9] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  return crc32(digits, sizeof digits) == 0xCBF43926U;
}

// A tone of 10 cycles has its power in bin 10 and in no other of the lower half.
bool spectrum_is_right() {
  static Complex signal[kPoints];
  memset(signal, 0, sizeof signal);
  synthesize(signal, 10, 20000);
  transform(signal);
  for (unsigned i = 0; i < kPoints / 2; ++i) {
    if ((power(signal[i]) > 1000000) != (i == 10)) {
      return false;
    }
  }
  return true;
}

}  // namespace

const char* failed_exercise() {
  struct Exercise {
    const char* name;
    bool (*is_right)();
  };
  static const Exercise kExercises[] = {{"md5", md5_is_right},
                                        {"sha-256", sha256_is_right},
                                        {"sha-512", sha512_is_right},
                                        {"aes-128", aes_is_right},
                                        {"crc-32", crc_is_right},
                                        {"spectrum", spectrum_is_right}};
  for (const Exercise& exercise : kExercises) {
    if (!exercise.is_right()) {
      return exercise.name;
    }
  }
  return nullptr;
}

}  // namespace otatool::hello
