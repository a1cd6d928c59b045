// The device's half of espota authentication: makes a nonce, judges a response.
// No network, no clock; PBKDF2 is done in slices. Spec: espota.md 1.2, 2.2.
#pragma once

#include "otatool/wire/espota.hpp"

#include "pbkdf2.hpp"
#include "port.hpp"

namespace otatool::firmware {

enum class AuthScheme : uint8_t {
  None,
  Md5,     ///< 32-digit nonce: ESP8266, and ESP32 cores before 3.3.1
  Sha256,  ///< 64-digit nonce, PBKDF2: ESP32 cores from 3.3.1 on
};

/// The stored form of a password: its MD5 or SHA-256 in lower-case hex (32 or 64 digits), not
/// terminated. Both lengths may be used with AuthScheme::Sha256, only 32 digits with Md5. The
/// memory belongs to the caller and must outlive the Authenticator.
struct StoredPassword {
  const char* digits;
  size_t length;
};

class Authenticator {
 public:
  enum class Verdict : uint8_t { Pending, Accepted, Refused };

  /// A scheme with a stored password of a length that does not fit it accepts nothing.
  Authenticator(AuthScheme scheme, StoredPassword stored, Random& random, Sha256& sha256)
      : scheme_(scheme), stored_(stored), random_(random), sha256_(sha256), pbkdf2_(sha256) {}

  AuthScheme scheme() const { return scheme_; }
  /// Digits of nonce, cnonce and response under this scheme.
  size_t hex_length() const {
    return scheme_ == AuthScheme::Md5 ? wire::kMd5HexLength : wire::kSha256HexLength;
  }

  /// Makes a new nonce; the former one is worth nothing any more.
  void make_nonce();
  /// hex_length() digits.
  const char* nonce() const { return nonce_; }

  /// Begins to judge a response to the newest nonce; it is copied.
  void take(const wire::Response& response);
  /// Performs up to `rounds` iterations of PBKDF2 and says what is known then. After a verdict the
  /// nonce is used up: it never serves for a second response.
  Verdict judge(uint32_t rounds);

 private:
  bool stored_fits() const;
  void expect_md5(char* expected);
  void expect_sha256(char* expected);

  AuthScheme scheme_;
  StoredPassword stored_;
  Random& random_;
  Sha256& sha256_;
  Pbkdf2 pbkdf2_;
  char nonce_[wire::kSha256HexLength] = {};
  char cnonce_[wire::kSha256HexLength] = {};
  char response_[wire::kSha256HexLength] = {};
};

}  // namespace otatool::firmware
