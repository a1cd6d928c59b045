// What an uploader may use to answer a challenge, and what it refuses to answer.
#pragma once

#include <optional>

#include "otatool/secret.hpp"

namespace otatool::espota {

/// A password, or its stored form (32 hex digits of MD5 or 64 of SHA-256, lower case), or neither.
struct Credentials {
  std::optional<Secret> password;
  std::optional<Secret> stored;

  [[nodiscard]] bool given() const { return password.has_value() || stored.has_value(); }
};

/// Which stored form answers a 64-digit nonce. Auto tries SHA-256 and then, by a new invitation,
/// MD5: ESP32 cores from 3.3.1 on may still hold an MD5 hash of their password (espota.md 2.2).
enum class AuthHash { Auto, Sha256, Md5 };

struct AuthPolicy {
  AuthHash hash = AuthHash::Auto;
  /// Neither a 32-digit nonce nor the MD5 form is answered: a faked device could crack such an
  /// answer.
  bool require_sha256 = false;
};

/// The authentication that took place, as JSON names it.
enum class AuthScheme { None, Md5, Sha256 };

}  // namespace otatool::espota
