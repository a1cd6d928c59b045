// Parses the URLs of web servers. Pure functions; resolves nothing.
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
  std::string host;     ///< name or IP literal, IPv6 without brackets
  std::uint16_t port = kHttpPort;
  std::string target;  ///< path and query for the request line; begins with `/`
  std::string user;    ///< decoded; empty: none
  std::optional<Secret> password;

  /// `host[:port]` for the header `Host`, without the scheme's default port, IPv6 in brackets.
  [[nodiscard]] std::string authority() const;
  /// `scheme://authority`, for the header `Origin`.
  [[nodiscard]] std::string origin() const;
  /// The URL without user and password.
  [[nodiscard]] std::string text() const;
};

/// Parses `[http[s]://][user[:password]@]host[:port][/path]` (RFC 3986 without fragments). The
/// default scheme is http, the default path `default_target`. Usage for anything else; the message
/// quotes the bad part, never the password.
[[nodiscard]] Result<Url> parse_url(std::string_view text, std::string_view default_target);

}  // namespace otatool::http
