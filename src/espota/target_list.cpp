#include "otatool/espota/target_list.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otatool/number.hpp"

namespace otatool::espota {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  if (!port || *port == 0) {
    return fail(Errc::Usage, fmt::format("'{}' is not a port between 1 and 65535", text));
  }
  return *port;
}

/// Removes the next word from `line`. Blanks inside double quotes belong to the word.
Result<std::string> take_word(std::string_view& line) {
  std::string word;
  bool quoted = false;
  std::size_t at = 0;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && kBlanks.find(c) != std::string_view::npos) {
      break;
    } else {
      word.push_back(c);
    }
  }
  if (quoted) {
    return fail(Errc::Usage, "missing closing double quote");
  }
  line.remove_prefix(at);
  return word;
}

void skip_blanks(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
}

Result<void> apply_setting(std::string_view word, TargetLine& target) {
  const std::size_t equals = word.find('=');
  const std::string_view key = word.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : word.substr(equals + 1);
  if (key == "port") {
    TRY(target.address.port, parse_port(value));
  } else if (key == "chip" && value == "esp8266") {
    target.chip = ChipFamily::Esp8266;
  } else if (key == "chip" && value == "esp32") {
    target.chip = ChipFamily::Esp32;
  } else if (key == "password-file" && !value.empty()) {
    target.password_file = value;
  } else {
    return fail(
        Errc::Usage,
        fmt::format("'{}' is not one of chip=esp8266, chip=esp32, port=N, password-file=PATH",
                    word));
  }
  return {};
}

/// Without a host for a line that is blank or a comment.
Result<TargetLine> parse_line(std::string_view line) {
  TargetLine target;
  skip_blanks(line);
  if (line.empty() || line.front() == '#') {
    return target;
  }
  TRY(const std::string address, take_word(line));
  TRY(target.address, parse_host_port(address));
  for (skip_blanks(line); !line.empty() && line.front() != '#'; skip_blanks(line)) {
    TRY(const std::string word, take_word(line));
    TRY_VOID(apply_setting(word, target));
  }
  return target;
}

/// A host of digits and dots is an IPv4 address. Resolvers also accept short forms such as
/// `192.168.1`, which then is 192.168.0.1.
Result<void> check_numeric_host(std::string_view host) {
  if (host == "0.0.0.0" || host == "::") {
    return fail(Errc::Usage, fmt::format("'{}' is not the address of a device", host));
  }
  if (host.find_first_not_of("0123456789.") != std::string_view::npos) {
    return {};
  }
  std::size_t numbers = 0;
  for (std::string_view rest = host; numbers <= 4; ++numbers) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const auto number = parse_number<std::uint8_t>(rest.substr(0, dot));
    if (!number) {
      break;
    }
    if (dot == rest.size()) {
      return numbers == 3 ? Result<void>()
                          : fail(Errc::Usage, fmt::format("'{}' is not an IPv4 address", host));
    }
    rest.remove_prefix(dot + 1);
  }
  return fail(Errc::Usage, fmt::format("'{}' is not an IPv4 address", host));
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    // The text before it may be a password.
    return fail(Errc::Usage,
                "a host contains no '@': a user name is part of a URL, http://USER@HOST/");
  }
  std::string_view host = text;
  std::string_view port;
  const std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    const std::string_view rest = close == std::string_view::npos ? ":" : text.substr(close + 1);
    if (close == std::string_view::npos || (!rest.empty() && !rest.starts_with(':'))) {
      return fail(Errc::Usage,
                  fmt::format("'{}' is not of the form [ADDRESS] or [ADDRESS]:PORT", text));
    }
    host = text.substr(1, close - 1);
    port = rest.empty() ? rest : rest.substr(1);
    if (!rest.empty() && port.empty()) {
      return fail(Errc::Usage, fmt::format("'{}' has no port after the colon", text));
    }
  } else if (colon != std::string_view::npos && text.find(':') == colon) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (port.empty()) {
      return fail(Errc::Usage, fmt::format("'{}' has no port after the colon", text));
    }
  }
  // The name of an mDNS instance may contain blanks: `Kitchen light`.
  const bool padded = host.starts_with(' ') || host.ends_with(' ');
  if (host.empty() || padded || host.find_first_of("\t\r\n/") != std::string_view::npos) {
    return fail(Errc::Usage, fmt::format("'{}' is not a host", text));
  }
  TRY_VOID(check_numeric_host(host));
  HostPort result{std::string(host), std::nullopt};
  // RFC 6874: in brackets `%25` stands for the percent sign before a zone, as in a URL.
  const std::size_t zone = result.host.find("%25");
  if (text.starts_with('[') && zone != std::string::npos && zone + 3 < result.host.size()) {
    result.host.erase(zone + 1, 2);
  }
  if (!port.empty()) {
    TRY(result.port, parse_port(port));
  }
  return result;
}

std::string format_host_port(std::string_view host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<std::vector<TargetLine>> parse_target_list(std::string_view text) {
  std::vector<TargetLine> targets;
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Result<TargetLine> target = parse_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!target) {
      return fail(target.error().with_context(fmt::format("line {}", number)));
    }
    if (!target->address.host.empty()) {
      target->line = number;
      targets.push_back(std::move(*target));
    }
  }
  return targets;
}

}  // namespace otatool::espota
