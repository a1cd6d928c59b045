#include "http/text/forwarded.hpp"

#include <algorithm>
#include <string_view>

#include "otatool/ascii.hpp"

namespace otatool::http {
namespace {

/// The part of `text` before the first `separator` outside quotes; removes both from `text`.
std::string_view take_until(std::string_view& text, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != separator); ++at) {
    if (quoted && text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    }
  }
  at = std::min(at, text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return trimmed(part);
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, without brackets and port.
std::string without_port(std::string_view node) {
  if (node.starts_with('[')) {
    return std::string(node.substr(1, node.find(']') - 1));
  }
  const std::size_t colon = node.find(':');
  const bool one_colon = colon != std::string_view::npos && node.find(':', colon + 1) == node.npos;
  return std::string(one_colon ? node.substr(0, colon) : node);
}

/// The value of `for` in one element of Forwarded; empty if there is none.
std::string for_of(std::string_view element) {
  while (!element.empty()) {
    std::string_view pair = take_until(element, ';');
    const std::string_view name = take_until(pair, '=');
    std::string_view value = trimmed(pair);
    if (!same_name(name, "for")) {
      continue;
    }
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
      value = value.substr(1, value.size() - 2);
    }
    return without_port(value);
  }
  return {};
}

/// The chain in all fields of this name; `read` gets one element.
template <typename Read>
std::vector<std::string> chain_in(std::span<const HeaderField> fields,
                                  std::string_view field_name,
                                  Read read) {
  std::vector<std::string> chain;
  for (const HeaderField& field : fields) {
    std::string_view list = same_name(field.name, field_name) ? field.value : std::string_view();
    while (!list.empty()) {
      chain.push_back(read(take_until(list, ',')));
    }
  }
  return chain;
}

}  // namespace

std::vector<std::string> forwarded_chain(std::span<const HeaderField> fields) {
  std::vector<std::string> usual = chain_in(fields, "X-Forwarded-For", without_port);
  std::vector<std::string> standard = chain_in(fields, "Forwarded", for_of);
  if (usual.empty() || standard.empty()) {
    return usual.empty() ? standard : usual;
  }
  return usual == standard ? usual : std::vector<std::string>();
}

}  // namespace otatool::http
