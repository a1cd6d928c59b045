#include "otatool/mdns/device.hpp"

#include <algorithm>

#include "otatool/ascii.hpp"
#include "otatool/mdns/name.hpp"

namespace otatool::mdns {
namespace {

constexpr std::string_view kLocal = ".local";

std::string_view without_dot(std::string_view text) {
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

std::string_view without_local(std::string_view text) {
  text = without_dot(text);
  const bool local =
      text.size() > kLocal.size() && same_text(text.substr(text.size() - kLocal.size()), kLocal);
  return local ? text.substr(0, text.size() - kLocal.size()) : text;
}

struct ClassMatch {
  bool matches = false;
  std::size_t length = 0;  ///< of the class in the pattern; 0: no class stands there
};

/// Whether `c` is in the class (`[a-z]`, `[!x]`) at the start of `glob`.
ClassMatch match_class(std::string_view glob, char c) {
  const std::size_t end = glob.find(']', 2);
  if (!glob.starts_with('[') || end == std::string_view::npos) {
    return {};
  }
  std::string_view inside = glob.substr(1, end - 1);
  const bool negated = inside.front() == '!' && inside.size() > 1;
  inside.remove_prefix(negated ? 1 : 0);
  bool found = false;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (i + 2 < inside.size() && inside[i + 1] == '-') {
      found = found || (inside[i] <= c && c <= inside[i + 2]);
      i += 2;
    } else {
      found = found || inside[i] == c;
    }
  }
  return {.matches = found != negated, .length = end + 1};
}

/// How many characters of the pattern stand for `c`; 0 if they do not.
std::size_t match_one(std::string_view glob, char c) {
  if (const ClassMatch match = match_class(glob, c); match.length > 0) {
    return match.matches ? match.length : 0;
  }
  return !glob.empty() && (glob.front() == '?' || glob.front() == c) ? 1 : 0;
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::Espota:
      return "espota";
    case Kind::Esphome:
      return "esphome";
    case Kind::Http:
      return "http";
    case Kind::Unknown:
      break;
  }
  return "unknown";
}

std::optional<std::string_view> txt_value(const Device& device, std::string_view key) {
  const auto found = std::ranges::find_if(
      device.txt, [key](const TxtPair& pair) { return same_text(pair.key, key); });
  if (found == device.txt.end()) {
    return std::nullopt;
  }
  return found->value;
}

std::string best_address(const Device& device) {
  const auto ipv4 = std::ranges::find(device.addresses, false, &DeviceAddress::ipv6);
  if (ipv4 != device.addresses.end()) {
    return ipv4->ip;
  }
  return device.addresses.empty() ? "" : device.addresses.front().ip;
}

bool is_named(const Device& device, std::string_view name) {
  const std::string_view bare = without_local(name);
  return !bare.empty() && (same_text(device.name, name) || same_text(device.name, bare) ||
                           same_text(without_local(device.host), bare));
}

bool answers_to(const Device& device, std::string_view name) {
  return !device.stale && !device.addresses.empty() && is_named(device, name);
}

bool is_at(const Device& device, std::string_view address) {
  return device.heard_from == address ||
         std::ranges::find(device.addresses, address, &DeviceAddress::ip) != device.addresses.end();
}

bool matches_glob(std::string_view text, std::string_view glob) {
  const std::string folded_text = lower_case(text);
  const std::string folded_glob = lower_case(glob);
  text = folded_text;
  glob = folded_glob;
  // After a mismatch only the last `*` has to take one character more: no need to recurse.
  std::optional<std::pair<std::string_view, std::string_view>> last_star;
  while (!text.empty()) {
    if (glob.starts_with('*')) {
      glob.remove_prefix(1);
      last_star = {text, glob};
    } else if (const std::size_t length = match_one(glob, text.front()); length > 0) {
      text.remove_prefix(1);
      glob.remove_prefix(length);
    } else if (last_star) {
      last_star->first.remove_prefix(1);
      text = last_star->first;
      glob = last_star->second;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*') == std::string_view::npos;
}

bool name_matches_glob(const Device& device, std::string_view glob) {
  return matches_glob(device.name, glob) || matches_glob(without_dot(device.host), glob) ||
         matches_glob(without_local(device.host), glob);
}

}  // namespace otatool::mdns
