// The device's half of espota authentication: makes a nonce, checks a response.
// No network, no clock; PBKDF2 runs in slices. Spec: espota.md 1.2, 2.2.
#pragma once

#include "otatool/wire/espota.hpp"

#include "firmware/core/digest/pbkdf2.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

/// The stored form of a password: its MD5 or SHA-256 in lower-case hex (32 or 64 digits), not
/// terminated. wire::AuthHash::Sha256 accepts both lengths, Md5 only 32 digits. The memory belongs
/// to the caller and must outlive the Authenticator.
struct StoredPassword {
  const char* digits;
  size_t length;
};

class Authenticator {
 public:
  enum class Verdict : uint8_t { Pending, Accepted, Refused };

  /// If the length of the stored password does not fit the hash, every response is refused.
  Authenticator(wire::AuthHash hash, StoredPassword stored, Random& random, Sha256& sha256)
      : hash_(hash), stored_(stored), random_(random), sha256_(sha256), pbkdf2_(sha256) {}

  wire::AuthHash hash() const { return hash_; }
  /// Digits of nonce, cnonce and response under this hash.
  size_t hex_length() const {
    return hash_ == wire::AuthHash::Md5 ? wire::kMd5HexLength : wire::kSha256HexLength;
  }

  /// Makes a new nonce; the former one becomes invalid.
  void make_nonce();
  /// hex_length() digits.
  const char* nonce() const { return nonce_; }

  /// Starts to check a response to the newest nonce; the response is copied.
  void start_check(const wire::Response& response);
  /// Performs up to `rounds` iterations of PBKDF2; Pending until all are done. After Accepted or
  /// Refused the caller must not check a second response to the same nonce.
  Verdict check(uint32_t rounds);

 private:
  bool password_fits_hash() const;
  void compute_md5(char* expected);
  void compute_sha256(char* expected);

  wire::AuthHash hash_;
  StoredPassword stored_;
  Random& random_;
  Sha256& sha256_;
  Pbkdf2 pbkdf2_;
  char nonce_[wire::kSha256HexLength] = {};
  char cnonce_[wire::kSha256HexLength] = {};
  char response_[wire::kSha256HexLength] = {};
};

}  // namespace otatool::firmware
