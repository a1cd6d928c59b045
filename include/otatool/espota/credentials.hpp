// The password of an upload, and the policy for challenges.
#pragma once

#include <optional>

#include "otatool/secret.hpp"
#include "otatool/wire/espota.hpp"

namespace otatool::espota {

/// A password, or its stored form (MD5 in 32 or SHA-256 in 64 lower-case hex digits), or neither.
struct Credentials {
  std::optional<Secret> password;
  std::optional<Secret> stored;

  [[nodiscard]] bool given() const { return password.has_value() || stored.has_value(); }
};

struct AuthPolicy {
  /// The stored form for the response to a 64-digit nonce. Without a value: SHA-256 and then, after
  /// a new invitation, MD5, because devices from core 3.3.1 on may still store an MD5 hash
  /// (espota.md 2.2).
  std::optional<wire::AuthHash> hash;
  /// Send no response to a 32-digit nonce and none with the MD5 form: a fake device could crack it
  /// offline.
  bool require_sha256 = false;
};

}  // namespace otatool::espota
