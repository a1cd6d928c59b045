#include "otatool/http/url.hpp"

#include <algorithm>

#include "otatool/ascii.hpp"
#include "otatool/number.hpp"

#include "http/text/percent_encoding.hpp"

namespace otatool::http {
namespace {

/// Whether `c` is allowed in a path or query without percent-encoding.
bool allowed_in_target(char c) {
  return c > ' ' && c < '\x7F' &&
         std::string_view("\"<>\\^`{|}#").find(c) == std::string_view::npos;
}

bool allowed_in_host(char c) {
  return c > ' ' && c < '\x7F' &&
         std::string_view("\"<>\\^`{|}#/?@[]%:").find(c) == std::string_view::npos;
}

bool allowed_in_ipv6(char c) {
  return is_digit(c) || is_letter(c) || std::string_view(":.%-_").find(c) != std::string_view::npos;
}

/// Removes `http://` or `https://` from the front. False for another scheme.
bool take_scheme(std::string_view& rest, Url& url) {
  const std::size_t colon = rest.find("://");
  if (colon == std::string_view::npos || colon > rest.find_first_of("/?")) {
    return true;
  }
  const std::string scheme = lower_case(rest.substr(0, colon));
  rest.remove_prefix(colon + 3);
  url.secure = scheme == "https";
  return url.secure || scheme == "http";
}

bool read_user(std::string_view text, Url& url) {
  const std::size_t colon = text.find(':');
  auto user = percent_decode(text.substr(0, colon));
  if (!user) {
    return false;
  }
  url.user = std::move(*user);
  if (std::ranges::any_of(url.user, is_control)) {
    return false;
  }
  if (colon != std::string_view::npos) {
    auto password = percent_decode(text.substr(colon + 1));
    if (!password) {
      return false;
    }
    url.password = Secret(std::move(*password));
  }
  return true;
}

bool read_port(std::string_view text, Url& url) {
  const auto port = parse_number<std::uint16_t>(text);
  url.port = port.value_or(0);
  return url.port != 0;
}

bool read_host(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return false;
    }
    url.host = text.substr(1, close - 1);
    // RFC 6874: `%25` stands for the percent sign before a zone.
    if (const std::size_t zone = url.host.find("%25");
        zone != std::string::npos && zone + 3 < url.host.size()) {
      url.host.erase(zone + 1, 2);
    }
    port = text.substr(close + 1);
    if (!std::ranges::all_of(url.host, allowed_in_ipv6) ||
        url.host.substr(0, url.host.find('%')).find(':') == std::string::npos) {
      return false;
    }
  } else {
    const std::size_t colon = text.find(':');
    url.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    if (url.host.empty() || !std::ranges::all_of(url.host, allowed_in_host)) {
      return false;
    }
  }
  if (port.empty()) {
    return true;
  }
  return port.starts_with(':') && read_port(port.substr(1), url);
}

}  // namespace

std::string Url::authority() const {
  // The zone of a link-local address has a meaning on this computer only (RFC 6874).
  std::string text =
      host.find(':') == std::string::npos ? host : "[" + host.substr(0, host.find('%')) + "]";
  if (port != (secure ? kHttpsPort : kHttpPort)) {
    text += ":" + std::to_string(port);
  }
  return text;
}

std::string Url::origin() const {
  return (secure ? "https://" : "http://") + authority();
}

std::string Url::text() const {
  return origin() + target;
}

Result<Url> parse_url(std::string_view text, std::string_view default_target) {
  Url url;
  std::string_view rest = text;
  if (!take_scheme(rest, url)) {
    return fail(
        Errc::Usage,
        "'" + std::string(text.substr(0, text.find("://"))) + "' is not one of http, https");
  }
  url.port = url.secure ? kHttpsPort : kHttpPort;
  const std::size_t path = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view target = rest.substr(path);
  std::string_view place = rest.substr(0, path);
  if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
    if (!read_user(place.substr(0, at), url)) {
      return fail(Errc::Usage, "invalid percent-encoding in the URL's user or password");
    }
    place.remove_prefix(at + 1);
  }
  if (!read_host(place, url)) {
    return fail(Errc::Usage, "'" + std::string(place) + "' is not HOST or HOST:PORT");
  }
  url.target = target.empty() ? default_target : target;
  if (url.target.starts_with('?')) {
    url.target.insert(0, 1, '/');
  }
  if (!std::ranges::all_of(url.target, allowed_in_target)) {
    return fail(Errc::Usage,
                "'" + url.target + "' is not a URL path: percent-encode special characters");
  }
  return url;
}

}  // namespace otatool::http
