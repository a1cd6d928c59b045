// The hashes a stock device computes, straight from OpenSSL: nothing of src/espota takes part, so
// that both can be wrong only apart from each other. Spec: espota.md 1.2, 2.2.
#pragma once

#include <string>
#include <string_view>

namespace otatool::testing {

/// Lower-case hex of MD5 and of SHA-256.
[[nodiscard]] std::string md5_text(std::string_view bytes);
[[nodiscard]] std::string sha256_text(std::string_view bytes);

/// A challenge, the host's own nonce, and what the device holds instead of its password.
struct AuthFields {
  std::string stored;
  std::string nonce;
  std::string cnonce;
};
[[nodiscard]] std::string expected_md5_response(const AuthFields& fields);
[[nodiscard]] std::string expected_sha256_response(const AuthFields& fields);

}  // namespace otatool::testing
