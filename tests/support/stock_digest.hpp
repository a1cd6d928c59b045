// The hashes that a stock device computes, made with OpenSSL. Independent of src/espota, so that a
// mistake there is found. Spec: espota.md 1.2, 2.2.
#pragma once

#include <string>
#include <string_view>

namespace otatool::testing {

/// Lower-case hex of MD5 and of SHA-256.
[[nodiscard]] std::string md5_text(std::string_view bytes);
[[nodiscard]] std::string sha256_text(std::string_view bytes);

/// The stored form of the password, the challenge's nonce and the host's cnonce.
struct AuthFields {
  std::string stored;
  std::string nonce;
  std::string cnonce;
};
[[nodiscard]] std::string expected_md5_response(const AuthFields& fields);
[[nodiscard]] std::string expected_sha256_response(const AuthFields& fields);

}  // namespace otatool::testing
