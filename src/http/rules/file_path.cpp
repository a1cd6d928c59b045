#include "http/rules/file_path.hpp"

#include <algorithm>

#include "http/text/percent_encoding.hpp"

namespace otatool::http {
namespace {

constexpr std::size_t kLongestPath = 1024;

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
