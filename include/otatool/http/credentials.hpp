// Users and passwords of a server, checked by the Basic scheme (RFC 7617). Passwords are Secrets
// and appear in no message.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

namespace otatool::http {

/// User and password of an Authorization value of the scheme Basic; nothing for any other value.
[[nodiscard]] std::optional<std::pair<std::string, Secret>> read_basic(std::string_view field);

class Users {
 public:
  /// Reads lines of `USER:PASSWORD`. A password that begins with `$` is a crypt(3) hash, as made by
  /// `htpasswd -B`, `mkpasswd` and `openssl passwd -6`; `{PLAIN}` marks a plain password. Empty
  /// lines and lines that begin with `#` are ignored. Usage, with the line number, also for
  /// unsupported hashes (`$apr1$...`, `{SHA}...`).
  [[nodiscard]] static Result<Users> parse(std::string_view text);

  /// Whether an Authorization value has the name and password of a user. The first check of a
  /// hashed password takes as long as its hash; a correct password is remembered.
  [[nodiscard]] bool accept(std::string_view authorization);

 private:
  struct Entry {
    Secret password;  ///< or its hash
    bool hashed = false;
    Secret known;  ///< the password that matched the hash
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace otatool::http
