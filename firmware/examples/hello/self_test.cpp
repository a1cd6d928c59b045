#include "firmware/examples/hello/self_test.hpp"

#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/core/digest/md5.hpp"
#include "firmware/core/digest/pbkdf2.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/package/inflate.hpp"

namespace otatool::hello {
namespace {

using firmware::Inflater;
using firmware::InflateResult;

bool is_hex(const uint8_t* bytes, size_t count, const char* expected) {
  char text[65] = "";
  for (size_t i = 0; i < count; ++i) {
    snprintf(text + 2 * i, sizeof text - 2 * i, "%02x", bytes[i]);
  }
  return strcmp(text, expected) == 0;
}

// RFC 1321, A.5.
bool md5() {
  uint8_t digest[firmware::Md5::kDigestLength];
  firmware::Md5 md5;
  md5.update("abc", 3);
  md5.finish(digest);
  return is_hex(digest, sizeof digest, "900150983cd24fb0d6963f7d28e17f72");
}

// RFC 7914, 11: the first 32 bytes for "passwd", "salt" and one iteration.
bool pbkdf2() {
  firmware::SoftwareSha256 sha256;
  firmware::Pbkdf2 derivation(sha256);
  derivation.begin("passwd", 6);
  derivation.add_salt("salt", 4);
  derivation.start(1);
  return derivation.run(0) &&
         is_hex(derivation.key(),
                32,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

// gzip -n of 125 times "otatool ".
const uint8_t kPackage[] = {0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x2F,
                            0x49, 0x2C, 0xC9, 0xCF, 0xCF, 0x51, 0xC8, 0x1F, 0xA5, 0x47, 0xE9, 0x51,
                            0x7A, 0xD8, 0xD2, 0x00, 0xF2, 0x2A, 0x57, 0xFC, 0xE8, 0x03, 0x00, 0x00};

class Package final : public firmware::InflateSource {
 public:
  bool read(uint8_t* bytes, size_t capacity, size_t& count) override {
    count = left_ < capacity ? left_ : capacity;
    memcpy(bytes, kPackage + sizeof kPackage - left_, count);
    left_ -= count;
    return true;
  }

 private:
  size_t left_ = sizeof kPackage;
};

bool inflate() {
  alignas(4) static uint8_t window[Inflater::kWindowBytes];
  static Inflater inflater(window);
  Package package;
  return inflater.run(package, nullptr, 1000) == InflateResult::Ok;
}

// Noise for the compressed web pages and keys of a real sketch, so that the image compresses as
// badly as one. Stays in flash, which can be read only by whole words.
struct Noise {
  uint32_t words[4096];
};

constexpr Noise make_noise() {
  Noise noise{};
  uint32_t state = 1;
  for (uint32_t& word : noise.words) {
    state ^= state << 13U;
    state ^= state >> 17U;
    state ^= state << 5U;
    word = state & 0x7F7F7F7FU;
  }
  return noise;
}

__attribute__((section(".irom.rodata.noise"))) const Noise kNoise = make_noise();

bool flash() {
  uint32_t sum = 0;
  for (const uint32_t& word : kNoise.words) {
    sum ^= *static_cast<const volatile uint32_t*>(&word);
  }
  return sum == 0x432F0D1F;
}

bool matches() {
  regex_t pattern;
  if (regcomp(&pattern, "^([a-z]+)-([0-9]{1,3})[.]BIN$", REG_EXTENDED | REG_ICASE) != 0) {
    return false;
  }
  regmatch_t groups[3];
  const bool found = regexec(&pattern, "kitchen-42.bin", 3, groups, 0) == 0 && groups[2].rm_so == 8;
  const bool refused = regexec(&pattern, "kitchen-1042.bin", 0, nullptr, 0) == REG_NOMATCH;
  regfree(&pattern);
  return found && refused;
}

bool dates() {
  const time_t seconds = 1700000000;
  struct tm parts;
  gmtime_r(&seconds, &parts);
  char text[64];
  strftime(text, sizeof text, "%A, %d %B %Y, day %j", &parts);
  return mktime(&parts) == seconds && strcmp(text, "Tuesday, 14 November 2023, day 318") == 0;
}

bool numbers() {
  char text[16];
  snprintf(text, sizeof text, "%ld", strtol("-052", nullptr, 8));
  return strcmp(text, "-42") == 0 &&
         strtoull("0xFFFFFFFFFFFFFFFF", nullptr, 16) / 641 == 28778071877862015U;
}

bool scans() {
  unsigned command = 0;
  unsigned port = 0;
  char digest[33];
  return sscanf("100 40123 d41d8cd98f00", "%u %u %32[0-9a-f]", &command, &port, digest) == 3 &&
         port == 40123 && strcmp(digest, "d41d8cd98f00") == 0;
}

bool sorts() {
  char words[][8] = {"station", "anchor", "lamp", "door"};
  qsort(words, 4, sizeof words[0], [](const void* left, const void* right) {
    return strcmp(static_cast<const char*>(left), static_cast<const char*>(right));
  });
  return strcmp(words[0], "anchor") == 0 && strcmp(words[3], "station") == 0;
}

}  // namespace

const Check kChecks[9] = {{"md5", md5},
                          {"pbkdf2", pbkdf2},
                          {"inflate", inflate},
                          {"flash", flash},
                          {"regex", matches},
                          {"dates", dates},
                          {"numbers", numbers},
                          {"scanf", scans},
                          {"sort", sorts}};

}  // namespace otatool::hello
