// How a client proves that it knows a password: Basic (RFC 7617) and Digest (RFC 7616, RFC 2617)
// with MD5 and SHA-256. Reads challenges, writes the header `Authorization` and checks one. No
// random source.
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

/// What a server asks for.
struct AuthChallenge {
  AuthScheme scheme = AuthScheme::None;
  std::string realm;
  std::string nonce;
  std::optional<std::string> opaque;
  std::optional<std::string> algorithm;  ///< as the server wrote it; repeated in the answer
  DigestHash hash = DigestHash::Md5;
  bool session = false;   ///< an algorithm that ends in `-sess`
  bool with_qop = false;  ///< the server knows `qop=auth`; without it the form of RFC 2069 is used
  bool stale = false;     ///< the password was right, the nonce is too old
};

/// The challenges of one `WWW-Authenticate` header, in its order. Schemes other than Basic and
/// Digest, and digests that cannot be answered (another algorithm, only auth-int, no nonce), are
/// left out.
[[nodiscard]] std::vector<AuthChallenge> parse_challenges(std::string_view header);

/// The strongest of them: Digest with SHA-256, Digest with MD5, Basic; nothing when there is none.
[[nodiscard]] std::optional<AuthChallenge> strongest(const std::vector<AuthChallenge>& challenges);

struct Login {
  std::string user;
  Secret password;
};

/// `Basic ...`
[[nodiscard]] Secret basic_authorization(const Login& login);

/// What a digest is made over besides the challenge and the login.
struct DigestRequest {
  std::string_view method;
  std::string_view target;  ///< of the request line
  std::string_view cnonce;
  std::uint32_t count = 1;  ///< how often this nonce has been answered, this time included
};

/// `Digest ...`, ordered and quoted so that ESP8266WebServer finds every parameter: it searches for
/// their names from the front.
[[nodiscard]] std::string digest_authorization(const AuthChallenge& challenge,
                                               const Login& login,
                                               const DigestRequest& request);

/// Whether `header`, an `Authorization`, answers this challenge, which has a `qop`, with this login
/// for a request of this method and target. How often it was answered is not looked at, as
/// ESP8266WebServer does not.
[[nodiscard]] bool proves_login(std::string_view header,
                                const AuthChallenge& challenge,
                                const Login& login,
                                std::string_view method,
                                std::string_view target);

}  // namespace otatool::http
