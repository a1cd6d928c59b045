// The device's settings: password, public key, rules, update server. Two copies of them are in the
// EEPROM sector, which no update overwrites. Reads flash, writes none.
#pragma once

#include <stdint.h>

#include "firmware/core/port.hpp"
#include "firmware/core/pull/pull_request.hpp"

namespace otatool::firmware {

/// The layout in flash, little-endian; `crc` is wire::crc32 of all fields before it.
struct Settings {
  static constexpr uint32_t kMagic = 0x4553544F;  // "OTSE"
  static constexpr uint32_t kAllowDowngrade = 1;

  uint32_t magic;
  uint32_t flags;
  uint32_t password_length;  ///< 0 for none, 32 for MD5, 64 for SHA-256 (StoredPassword)
  char password[64];
  uint32_t modulus_length;  ///< 0: signatures are not checked
  uint32_t exponent_length;
  uint8_t modulus[512];  ///< big-endian, without leading zeros
  uint8_t exponent[8];
  uint8_t fingerprint[8];  ///< first bytes of SHA-256 of the public key (SPKI)
  uint8_t seed[32];        ///< for SeededRandom; new at each power-on
  uint8_t server[4];       ///< IPv4 address of the update server
  uint32_t server_port;    ///< 0: the device asks no server
  uint32_t pull_interval;  ///< milliseconds from the end of a pull to the next one
  uint32_t pull_path_length;
  char pull_path[kMaxPullPath];  ///< see PullQuestion
  uint32_t crc;
};

/// The first of the reserved sectors at the end of the flash.
constexpr uint32_t settings_offset(uint32_t flash_size) {
  return flash_size - 5 * kSectorSize;
}

/// Offset of the second copy in the sector.
constexpr uint32_t kSecondSettings = kSectorSize / 2;

/// Reads the first valid copy. False if neither is valid: the device must then refuse all updates,
/// because it does not know who may update it. All fields are then 0.
bool read_settings(Flash& flash, Settings& settings);

}  // namespace otatool::firmware
