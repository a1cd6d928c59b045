// Writes the C header with the public key of a sketch for the Arduino core for ESP8266.
// Text in, text out: no files.
#pragma once

#include <string>

#include "otatool/result.hpp"
#include "otatool/signing/key.hpp"

namespace otatool::signing {

/// Updater_Signing.h with ARDUINO_SIGNING 1 and `signing_pubkey`: the key as PEM, one byte a line
/// as signing.py writes it, and the terminating NUL that the core's strlen_P needs and signing.py
/// omits (signing-gzip-images.md 1.4). KeyWrongKind for EC: such a device refuses every update.
[[nodiscard]] Result<std::string> pubkey_header(const PublicKey& key);

/// Updater_Signing.h of a sketch that has no public key: ARDUINO_SIGNING 0.
[[nodiscard]] std::string pubkey_header_without_key();

}  // namespace otatool::signing
