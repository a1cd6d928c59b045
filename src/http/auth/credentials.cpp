#include "otatool/http/credentials.hpp"

#include <algorithm>
#include <crypt.h>
#include <fmt/format.h>
#include <functional>
#include <iterator>
#include <memory>

#include "otatool/ascii.hpp"
#include "otatool/base64.hpp"
#include "otatool/http/header_field.hpp"

namespace otatool::http {
namespace {

constexpr std::string_view kPlain = "{PLAIN}";

/// crypt(3) of `password` with method and salt of `hash`; empty for an unknown method.
std::string crypt_like(std::string_view password, std::string_view hash) {
  const auto data = std::make_unique<crypt_data>();
  const Secret phrase{std::string(password)};
  const std::string setting(hash);
  const std::string_view text = phrase.reveal();
  const char* const result = crypt_r(text.empty() ? "" : text.data(), setting.c_str(), data.get());
  // crypt(3) reports failure as a string beginning with '*'.
  std::string made = result == nullptr || result[0] == '*' ? std::string() : std::string(result);
  explicit_bzero(data.get(), sizeof(crypt_data));
  return made;
}

/// Whether `password` begins with a scheme such as `{SHA}`, as `htpasswd -s` and LDAP servers
/// write.
bool has_scheme(std::string_view password) {
  const std::size_t end = password.find('}');
  return password.starts_with('{') && end != std::string_view::npos && end > 1 &&
         std::ranges::all_of(password.substr(1, end - 1), [](char letter) {
           return is_letter(letter) || is_digit(letter) || letter == '-' || letter == '_';
         });
}

/// Why a password of the file is invalid; empty if it is valid.
std::string_view problem_with(std::string_view password, bool plain) {
  if (password.empty()) {
    return "the password is empty";
  }
  if (plain) {
    return {};
  }
  if (has_scheme(password)) {
    return "unknown kind of hash; write {PLAIN} before a plain password that begins with a brace";
  }
  return password.starts_with('$') && crypt_like("", password).empty()
             ? "crypt(3) does not support this kind of hash"
             : "";
}

}  // namespace

std::optional<std::pair<std::string, Secret>> read_basic(std::string_view field) {
  constexpr std::string_view kScheme = "Basic ";
  if (field.size() < kScheme.size() || !same_name(field.substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  field.remove_prefix(std::min(field.find_first_not_of(' ', kScheme.size()), field.size()));
  const auto decoded = from_base64(field);
  if (!decoded) {
    return std::nullopt;
  }
  const Secret text{std::string(as_text(*decoded))};
  const std::size_t colon = text.reveal().find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  return std::pair(std::string(text.reveal().substr(0, colon)),
                   Secret(std::string(text.reveal().substr(colon + 1))));
}

Result<Users> Users::parse(std::string_view text) {
  Users users;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view entry = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (entry.ends_with('\r')) {
      entry.remove_suffix(1);
    }
    if (entry.empty() || entry.starts_with('#')) {
      continue;
    }
    const std::size_t colon = entry.find(':');
    if (colon == 0 || colon == std::string_view::npos) {
      return fail(Errc::Usage, fmt::format("line {} is not USER:PASSWORD", line));
    }
    std::string_view password = entry.substr(colon + 1);
    const bool plain = password.starts_with(kPlain);
    if (plain) {
      password.remove_prefix(kPlain.size());
    }
    if (const std::string_view problem = problem_with(password, plain); !problem.empty()) {
      return fail(Errc::Usage, fmt::format("line {}: {}", line, problem));
    }
    Entry made;
    made.hashed = !plain && password.starts_with('$');
    made.password = Secret(std::string(password));
    users.entries_.insert_or_assign(std::string(entry.substr(0, colon)), std::move(made));
  }
  if (users.entries_.empty()) {
    return fail(Errc::Usage, "no user in this file");
  }
  return users;
}

bool PasswordCheck::matches() const {
  const bool same = same_secret(crypt_like(password_.reveal(), hash_.reveal()), hash_.reveal());
  return same && known_;
}

void Users::include(const Users& others) {
  for (const auto& [user, entry] : others.entries_) {
    entries_.insert_or_assign(user, entry);
  }
}

std::variant<bool, PasswordCheck> Users::check(std::string_view authorization) const {
  const auto given = read_basic(authorization);
  if (!given) {
    return false;
  }
  const auto& [user, password] = *given;
  auto found = entries_.find(user);
  const bool known = found != entries_.end();
  if (!known) {
    const std::size_t stand_in = std::hash<std::string>()(user) % entries_.size();
    found = std::next(entries_.begin(), static_cast<std::ptrdiff_t>(stand_in));
  }
  const Entry& entry = found->second;
  const Secret& expected = entry.hashed ? entry.known : entry.password;
  const bool same = same_secret(password.reveal(), expected.reveal());
  if (!entry.hashed) {
    return same && known;
  }
  if (known && same && !expected.empty()) {
    return true;
  }
  PasswordCheck check;
  check.user_ = user;
  check.password_ = password;
  check.hash_ = entry.password;
  check.known_ = known;
  return check;
}

bool Users::remember(const PasswordCheck& check) {
  const auto found = entries_.find(check.user_);
  const bool same = found != entries_.end() && found->second.hashed &&
                    same_secret(found->second.password.reveal(), check.hash_.reveal());
  if (same) {
    found->second.known = check.password_;
  }
  return same;
}

}  // namespace otatool::http
