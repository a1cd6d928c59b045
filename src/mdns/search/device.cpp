#include "otatool/mdns/device.hpp"

#include <algorithm>

#include "otatool/ascii.hpp"
#include "otatool/glob.hpp"
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

bool name_matches_glob(const Device& device, std::string_view glob) {
  const std::string folded = lower_case(glob);
  const auto matches = [&folded](std::string_view text) {
    return matches_glob(lower_case(text), folded);
  };
  return matches(device.name) || matches(without_dot(device.host)) ||
         matches(without_local(device.host));
}

}  // namespace otatool::mdns
