// Addresses of web servers as users write them. Pure functions: nothing is resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

namespace otatool::http {

inline constexpr std::uint16_t kHttpPort = 80;
inline constexpr std::uint16_t kHttpsPort = 443;

struct Url {
  bool secure = false;  ///< https
  std::string host;     ///< a name or a literal, an IPv6 one without brackets
  std::uint16_t port = kHttpPort;
  std::string target;  ///< path and query, ready for a request line; begins with `/`
  std::string user;    ///< decoded; empty if there is none
  std::optional<Secret> password;

  /// `host[:port]` for the header `Host`: the scheme's own port is left out, IPv6 has brackets.
  [[nodiscard]] std::string authority() const;
  /// `scheme://authority`, as a browser names the page that sent a form.
  [[nodiscard]] std::string origin() const;
  /// The whole address without user and password.
  [[nodiscard]] std::string text() const;
};

/// Reads `[http[s]://][user[:password]@]host[:port][/path]`; without a path the target is
/// `default_target`, without a scheme it is http. Usage, quoting what is wrong and never the
/// password, for anything else: RFC 3986 without fragments.
[[nodiscard]] Result<Url> parse_url(std::string_view text, std::string_view default_target);

}  // namespace otatool::http
