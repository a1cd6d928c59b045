// Who may ask: users and passwords of a server, and the Basic scheme (RFC 7617). Passwords are
// Secrets; no message shows one.
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

/// The value of an Authorization field of the scheme Basic; nothing if it is none.
[[nodiscard]] std::optional<std::pair<std::string, Secret>> read_basic(std::string_view field);

class Users {
 public:
  /// Reads lines of `USER:PASSWORD`. A password that begins with `$` is a crypt(3) hash, as
  /// `htpasswd -B`, `mkpasswd` and `openssl passwd -6` make them, `{PLAIN}` before one says that it
  /// is none; empty lines and those that begin with `#` are left out. Usage error, with the line,
  /// also for hashes that cannot be checked: `$apr1$...` and `{SHA}...`.
  [[nodiscard]] static Result<Users> parse(std::string_view text);

  /// Whether the field names one of the users with his password. Takes as long as the hash does
  /// when it has not seen these credentials before, and remembers those that were right.
  [[nodiscard]] bool accept(std::string_view authorization);

 private:
  struct Entry {
    Secret password;  ///< or its hash
    bool hashed = false;
    Secret known;  ///< the password that fitted the hash
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace otatool::http
