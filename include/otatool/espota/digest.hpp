// Hashes for espota invitations and authentication. Pure functions over bytes.
#pragma once

#include <string>
#include <string_view>

#include "otatool/bytes.hpp"
#include "otatool/secret.hpp"

namespace otatool::espota {

/// MD5 as 32 lower-case hex digits, as in an invitation (espota.md 1.1).
[[nodiscard]] std::string md5_hex(Bytes bytes);

/// SHA-256 as 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(Bytes bytes);

/// The hash of the password that a device stores, in lower-case hex (espota.md 1.2, 2.2).
enum class PasswordForm { Md5, Sha256 };

/// `P` of the specification: the stored form of `password`, 32 or 64 hex digits.
[[nodiscard]] Secret stored_form(std::string_view password, PasswordForm form);

/// Response to a 32-digit nonce: md5hex(P ":" nonce ":" cnonce), 32 digits (espota.md 1.2).
[[nodiscard]] std::string md5_response(std::string_view stored,
                                       std::string_view nonce,
                                       std::string_view cnonce);

/// Response to a 64-digit nonce: K = PBKDF2-HMAC-SHA256(P as text, nonce ":" cnonce, 10000 rounds),
/// then sha256hex(hex(K) ":" nonce ":" cnonce), 64 digits (espota.md 2.2). Takes milliseconds.
[[nodiscard]] std::string sha256_response(std::string_view stored,
                                          std::string_view nonce,
                                          std::string_view cnonce);

}  // namespace otatool::espota
