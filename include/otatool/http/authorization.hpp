// HTTP authentication: Basic (RFC 7617) and Digest (RFC 7616, RFC 2617) with MD5 and SHA-256.
// Parses challenges, writes and checks `Authorization` values. Has no random source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/secret.hpp"

namespace otatool::http {

enum class AuthScheme { None, Basic, Digest };
enum class DigestHash { Md5, Sha256 };

/// One challenge of a server.
struct AuthChallenge {
  AuthScheme scheme = AuthScheme::None;
  std::string realm;
  std::string nonce;
  std::optional<std::string> opaque;
  std::optional<std::string> algorithm;  ///< as written by the server; repeated in the response
  DigestHash hash = DigestHash::Md5;
  bool session = false;   ///< the algorithm ends in `-sess`
  bool with_qop = false;  ///< the server offers `qop=auth`; without it the form of RFC 2069 applies
  bool stale = false;     ///< the nonce was too old; the password was correct
};

/// The challenges of one `WWW-Authenticate` value, in order. Omits other schemes than Basic and
/// Digest, and Digest challenges with another algorithm, with `auth-int` alone, or without a nonce.
[[nodiscard]] std::vector<AuthChallenge> parse_challenges(std::string_view header);

/// The strongest challenge: Digest with SHA-256, then Digest with MD5, then Basic.
[[nodiscard]] std::optional<AuthChallenge> strongest(const std::vector<AuthChallenge>& challenges);

struct Login {
  std::string user;
  Secret password;
};

/// `Basic ...`
[[nodiscard]] Secret basic_authorization(const Login& login);

/// Input of a Digest response besides challenge and login.
struct DigestRequest {
  std::string_view method;
  std::string_view target;  ///< request target
  std::string_view cnonce;
  std::uint32_t count = 1;  ///< `nc`: requests with this nonce, this one included
};

/// `Digest ...`. ESP8266WebServer finds a parameter by the first occurrence of its name, so order
/// and quotes are fixed.
[[nodiscard]] std::string digest_authorization(const AuthChallenge& challenge,
                                               const Login& login,
                                               const DigestRequest& request);

/// Whether the `Authorization` value `header` is a valid response to a challenge with `qop`, for
/// this login, method and target. The caller checks `nc`; see digest_use().
[[nodiscard]] bool proves_login(std::string_view header,
                                const AuthChallenge& challenge,
                                const Login& login,
                                std::string_view method,
                                std::string_view target);

/// The nonce of a Digest `Authorization` value and the count of requests with it, `nc`.
struct DigestUse {
  std::string nonce;
  std::uint32_t count = 0;
};

/// Nothing for another scheme or invalid text.
[[nodiscard]] std::optional<DigestUse> digest_use(std::string_view header);

}  // namespace otatool::http
