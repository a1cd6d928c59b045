#include "mdns/search/service_facts.hpp"

#include <algorithm>
#include <array>

#include "otatool/ascii.hpp"
#include "otatool/mdns/browse.hpp"
#include "otatool/mdns/name.hpp"

namespace otatool::mdns {
namespace {

constexpr std::string_view kHttpType = "_http._tcp";
constexpr std::string_view kWledType = "_wled._tcp";
constexpr std::string_view kShellyType = "_shelly._tcp";
constexpr std::string_view kOpenDtuType = "_opendtu._tcp";
constexpr std::string_view kEsp32Prefix = "esp32-";
constexpr std::size_t kMacDigits = 12;
constexpr std::array<std::uint16_t, 2> kEspotaPorts = {8266, 3232};

bool txt_is(const Device& device, std::string_view key, std::string_view value) {
  const auto found = txt_value(device, key);
  return found && same_text(*found, value);
}

/// Boards that take HTTP or SSH uploads use the same service type. Stock cores announce
/// `ssh_upload=no`; esp-link misspells the key. The default is yes (discovery.md 1.1), so without
/// the key only the port decides.
bool speaks_espota(const Device& device) {
  if (txt_value(device, "endpoint_upload") || txt_is(device, "ssh_upload", "yes")) {
    return false;
  }
  return txt_is(device, "ssh_upload", "no") || txt_is(device, "upload_ssh", "no") ||
         std::ranges::find(kEspotaPorts, device.port) != kEspotaPorts.end();
}

Kind kind_of(const Device& device) {
  if (same_text(device.type, kArduinoType)) {
    return speaks_espota(device) ? Kind::Espota : Kind::Unknown;
  }
  if (same_text(device.type, kEsphomeType)) {
    return Kind::Esphome;
  }
  const bool http = same_text(device.type, kHttpType) || same_text(device.type, kWledType) ||
                    same_text(device.type, kShellyType) || same_text(device.type, kOpenDtuType);
  return http ? Kind::Http : Kind::Unknown;
}

std::string mac_digits(std::string_view text) {
  std::string digits;
  for (const char c : lower_case(text)) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
      digits.push_back(c);
    } else if (c != ':' && c != '-') {
      return "";
    }
  }
  return digits.size() == kMacDigits ? digits : "";
}

std::string mac_of(const Device& device) {
  if (const auto mac = txt_value(device, "mac")) {
    return mac_digits(*mac);
  }
  const std::string host = lower_case(device.host.substr(0, device.host.find('.')));
  return host.starts_with(kEsp32Prefix) ? mac_digits(host.substr(kEsp32Prefix.size())) : "";
}

}  // namespace

void classify(Device& device) {
  device.kind = kind_of(device);
  device.board = txt_value(device, "board").value_or("");
  device.auth.reset();
  if (same_text(device.type, kArduinoType) && !device.txt.empty()) {
    device.auth = txt_is(device, "auth_upload", "yes");
  }
  device.mac = mac_of(device);
}

bool is_updatable_http(const Device& device) {
  const auto has = [&device](std::string_view key) { return txt_value(device, key).has_value(); };
  return has("devicetype") || has("gen") || has("mac") || has("version") ||
         lower_case(device.name).starts_with("shelly");
}

std::vector<std::string> all_types() {
  return {std::string(kArduinoType),
          std::string(kEsphomeType),
          std::string(kWledType),
          std::string(kShellyType),
          std::string(kOpenDtuType),
          std::string(kHttpType)};
}

}  // namespace otatool::mdns
