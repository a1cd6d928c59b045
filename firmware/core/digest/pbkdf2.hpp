// PBKDF2-HMAC-SHA256 (RFC 8018) with one block of output. Runs in slices, so that the network loop
// of a chip is never blocked for long.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class Pbkdf2 {
 public:
  static constexpr size_t kKeyLength = Sha256::kDigestLength;
  static constexpr size_t kMaxPasswordLength = Sha256::kBlockLength;

  explicit Pbkdf2(Sha256& sha256) : sha256_(sha256) {}

  /// A longer password is cut to kMaxPasswordLength bytes. The salt follows in pieces.
  void begin(const void* password, size_t length);
  void add_salt(const void* bytes, size_t length);
  /// Ends the salt and performs the first of `iterations` (at least 1).
  void start(uint32_t iterations);

  /// Performs up to `count` further iterations; true when all are done.
  bool run(uint32_t count);
  /// kKeyLength bytes, valid once run() has returned true.
  const uint8_t* key() const { return key_; }
  /// Overwrites everything derived from the password.
  void forget();

 private:
  void finish_hmac(uint8_t* mac);

  Sha256& sha256_;
  uint32_t left_ = 0;
  uint8_t inner_[Sha256::kDigestLength] = {};
  uint8_t outer_[Sha256::kDigestLength] = {};
  uint8_t mac_[kKeyLength] = {};
  uint8_t key_[kKeyLength] = {};
};

}  // namespace otatool::firmware
