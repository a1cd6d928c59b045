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
#include <variant>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

namespace otatool::http {

/// User and password of an Authorization value of the scheme Basic; nothing for any other value.
[[nodiscard]] std::optional<std::pair<std::string, Secret>> read_basic(std::string_view field);

/// A password and the hash that it must match.
class PasswordCheck {
 public:
  /// Computes the hash, which takes its time on purpose; may run in any thread.
  [[nodiscard]] bool matches() const;

 private:
  friend class Users;
  std::string user_;
  Secret password_;
  Secret hash_;
  bool known_ = false;  ///< the user exists
};

class Users {
 public:
  /// Reads lines of `USER:PASSWORD`. A password that begins with `$` is a crypt(3) hash, as made by
  /// `htpasswd -B`, `mkpasswd` and `openssl passwd -6`; `{PLAIN}` marks a plain password. Empty
  /// lines and lines that begin with `#` are ignored. Usage, with the line number, also for
  /// unsupported hashes (`$apr1$...`, `{SHA}...`).
  [[nodiscard]] static Result<Users> parse(std::string_view text);

  /// Adds the users of `others`, in place of those with the same names.
  void include(const Users& others);

  /// Whether an Authorization value has the name and password of a user, or the check that decides
  /// it. A remembered password needs no check, every other one does, right or wrong. The check of
  /// an unknown user fails after the time that the check of one of the users takes, always the
  /// same one for a name.
  [[nodiscard]] std::variant<bool, PasswordCheck> check(std::string_view authorization) const;
  /// Remembers the password of a check that matched. False, and nothing is remembered, if the user
  /// has another password by now, or is gone.
  [[nodiscard]] bool remember(const PasswordCheck& check);

 private:
  struct Entry {
    Secret password;  ///< or its hash
    bool hashed = false;
    Secret known;  ///< the password that matched the hash
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace otatool::http
