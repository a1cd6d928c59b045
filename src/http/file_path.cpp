#include "http/file_path.hpp"

#include <algorithm>

namespace otatool::http {
namespace {

constexpr std::size_t kLongestPath = 1024;

std::optional<unsigned> hex_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return static_cast<unsigned>(digit - '0');
  }
  if (digit >= 'a' && digit <= 'f') {
    return static_cast<unsigned>(digit - 'a' + 10);
  }
  if (digit >= 'A' && digit <= 'F') {
    return static_cast<unsigned>(digit - 'A' + 10);
  }
  return std::nullopt;
}

/// Decodes once; what is still encoded then is part of a name (RFC 3986 2.4).
std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? hex_value(text[i + 2]) : std::nullopt;
    if (!high || !low) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(*high << 4U | *low));
    i += 2;
  }
  return decoded;
}

bool is_plain_name(std::string_view name) {
  const auto bad = [](char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F || letter == '\\';
  };
  return !name.empty() && name.front() != '.' && std::ranges::none_of(name, bad);
}

}  // namespace

bool is_plain_file_path(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath) {
    return false;
  }
  while (true) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (!is_plain_name(path.substr(0, end))) {
      return false;
    }
    if (end == path.size()) {
      return true;
    }
    path.remove_prefix(end + 1);
  }
}

std::optional<Target> read_target(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (!target.starts_with('/') && scheme != std::string_view::npos) {
    const std::size_t path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  if (!target.starts_with('/')) {
    return std::nullopt;
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  auto path = percent_decode(
      target.substr(1, question == std::string_view::npos ? std::string_view::npos : question - 1));
  if (!path || !(path->empty() || is_plain_file_path(*path))) {
    return std::nullopt;
  }
  Target result;
  result.path = std::move(*path);
  if (question != std::string_view::npos) {
    result.query = target.substr(question + 1);
  }
  return result;
}

std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return percent_decode(pair.substr(equals + 1)).value_or(std::string());
    }
  }
  return {};
}

}  // namespace otatool::http
