#include <algorithm>
#include <array>

#include "otatool/ascii.hpp"

#include "http/families/json_identity.hpp"
#include "http/families/probe.hpp"
#include "http/families/profile.hpp"
#include "http/families/tasmota_identity.hpp"

namespace otatool::http {
namespace {

using Found = std::optional<DeviceIdentity>;

constexpr JsonIdentity kWled{.family = Family::Wled,
                             .required = {"/ver", {}, {}, {}},
                             .brand = "WLED",
                             .version = "/ver",
                             .hardware = "/arch",
                             .release = "/release",
                             .build = "/vid"};
constexpr JsonIdentity kOpenBeken{.family = Family::OpenBeken,
                                  .required = {"/chipset", "/build", "/shortName", {}},
                                  .version = "/build",
                                  .hardware = "/chipset"};
constexpr JsonIdentity kBitaxe{.family = Family::Bitaxe,
                               .required = {"/version", "/boardVersion", "/ASICModel", {}},
                               .version = "/version",
                               .hardware = "/boardVersion",
                               .release = "/axeOSVersion"};
constexpr JsonIdentity kOpenDtu{.family = Family::OpenDtu,
                                .required = {"/git_hash", "/pioenv", "/chipmodel", {}},
                                .version = "/git_hash",
                                .hardware = "/chipmodel",
                                .release = "/pioenv"};
constexpr JsonIdentity kShelly{.family = Family::ShellyGen1,
                               .required = {"/type", "/fw", {}, {}},
                               .absent = "/gen",
                               .version = "/fw",
                               .hardware = "/type",
                               .login = "/auth"};
constexpr JsonIdentity kEspurna{.family = Family::Espurna,
                                .required = {"/app", "/version", "/device", "/hostname"},
                                .version = "/version",
                                .hardware = "/device"};
constexpr JsonIdentity kElegantOta2{.family = Family::ElegantOta2,
                                    .required = {"/id", "/hardware", {}, {}},
                                    .hardware = "/hardware"};
constexpr JsonIdentity kEspEasy{.family = Family::EspEasy,
                                .required = {"/System/Build", "/System/Git Build", {}, {}},
                                .version = "/System/Git Build",
                                .release = "/System/Binary Filename",
                                .build = "/System/Build"};

/// The title of a page in lower case.
std::string title_of(std::string_view page) {
  constexpr std::string_view kOpen = "<title>";
  std::string text = lower_case(page);
  const std::size_t at = text.find(kOpen);
  if (at == std::string::npos) {
    return {};
  }
  const std::size_t start = at + kOpen.size();
  return std::string(trimmed(text.substr(start, text.find('<', start) - start)));
}

/// Whether a form of the page has an input with this name.
bool has_field(std::string_view page, std::string_view name) {
  const std::string text = lower_case(page);
  const std::string field(name);
  return std::ranges::any_of(
      std::array{"='" + field + "'", "=\"" + field + "\"", "=" + field + ">"},
      [&text](const std::string& value) { return text.find("name" + value) != std::string::npos; });
}

Found read_update_page(const DeviceAnswer& answer) {
  if (answer.status != 200) {
    return std::nullopt;
  }
  const std::string title = title_of(answer.body);
  if (title == "elegantota lite") {
    return DeviceIdentity{.family = Family::ElegantOta3};
  }
  if (title == "elegantota") {
    return DeviceIdentity{.family = Family::ElegantOta2};
  }
  if (title == "wled update") {
    return DeviceIdentity{.family = Family::Wled};
  }
  if (has_field(answer.body, "firmware") && has_field(answer.body, "filesystem")) {
    return DeviceIdentity{.family = Family::Stock};
  }
  return std::nullopt;
}

Found read_esphome_page(const DeviceAnswer& answer) {
  const auto contains = [&answer](std::string_view words) {
    return answer.body.find(words) != std::string_view::npos;
  };
  if (answer.status == 200 && (contains("<esp-app>") || contains("oi.esphome.io"))) {
    return DeviceIdentity{.family = Family::Esphome};
  }
  return std::nullopt;
}

constexpr std::array kProbes = {
    Probe{kTasmotaVersionTarget, {Family::Tasmota}, read_tasmota_version},
    Probe{"/json/info",
          {Family::Wled},
          [](const DeviceAnswer& answer) { return read_json_identity(kWled, answer); }},
    Probe{"/api/info",
          {Family::OpenBeken},
          [](const DeviceAnswer& answer) { return read_json_identity(kOpenBeken, answer); }},
    Probe{"/api/system/info",
          {Family::Bitaxe},
          [](const DeviceAnswer& answer) { return read_json_identity(kBitaxe, answer); }},
    Probe{"/api/system/status",
          {Family::OpenDtu},
          [](const DeviceAnswer& answer) { return read_json_identity(kOpenDtu, answer); }},
    Probe{"/shelly",
          {Family::ShellyGen1},
          [](const DeviceAnswer& answer) { return read_json_identity(kShelly, answer); }},
    Probe{"/discover",
          {Family::Espurna},
          [](const DeviceAnswer& answer) { return read_json_identity(kEspurna, answer); }},
    Probe{"/update/identity",
          {Family::ElegantOta2, Family::AsyncElegantOta},
          [](const DeviceAnswer& answer) { return read_json_identity(kElegantOta2, answer); }},
    Probe{"/update",
          {Family::Stock, Family::ElegantOta3, Family::ElegantOta2, Family::Wled},
          read_update_page},
    Probe{"/json",
          {Family::EspEasy},
          [](const DeviceAnswer& answer) { return read_json_identity(kEspEasy, answer); }},
    Probe{"/", {Family::Esphome}, read_esphome_page},
};

/// The first probe for a family, which reads its version if any does.
const Probe* probe_of(Family family) {
  const auto found = std::ranges::find_if(
      kProbes, [family](const Probe& each) { return each.finds.front() == family; });
  return found == kProbes.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Probe> probes() {
  return kProbes;
}

std::string_view version_target(Family family) {
  const bool without = family == Family::Unknown || family == Family::Stock ||
                       family == Family::ElegantOta2 || family == Family::Esphome;
  const Probe* probe = probe_of(family);
  return probe == nullptr || without ? std::string_view() : probe->target;
}

std::string_view uptime_target(Family family) {
  return family == Family::Tasmota ? kTasmotaUptimeTarget : std::string_view();
}

std::string_view flash_target(const DeviceIdentity& device) {
  const bool compares =
      device.family == Family::Tasmota && chip_family_of(device) == ChipFamily::Esp8266;
  return compares ? kTasmotaFlashTarget : std::string_view();
}

std::optional<DeviceIdentity> read_identity(Family family, const DeviceAnswer& answer) {
  if (family == Family::Tasmota) {
    const auto version = read_tasmota_version(answer);
    const auto uptime = read_tasmota_uptime(answer);
    const auto flash = read_tasmota_flash(answer);
    if (!version && !uptime && !flash) {
      return std::nullopt;
    }
    DeviceIdentity device = version.value_or(DeviceIdentity{.family = Family::Tasmota});
    if (uptime) {
      device.uptime_seconds = uptime->uptime_seconds;
      device.boot_count = uptime->boot_count;
    }
    if (flash) {
      device.flash_bytes = flash->flash_bytes;
    }
    return device;
  }
  const Probe* probe = probe_of(family);
  auto device = probe == nullptr ? std::nullopt : probe->read(answer);
  return device && device->family == family ? device : std::nullopt;
}

bool is_definite(Family family) {
  return family != Family::Unknown && family != Family::Stock && family != Family::OtaWebUpdater &&
         family != Family::ShellyGen1;
}

bool is_rescue_system(const DeviceIdentity& device) {
  return device.family == Family::Tasmota && device.version.find("safeboot") != std::string::npos;
}

ChipFamily chip_family_of(const DeviceIdentity& device) {
  const std::string hardware = lower_case(device.hardware);
  if (hardware.find("esp32") != std::string::npos) {
    return ChipFamily::Esp32;
  }
  if (hardware.find("esp82") != std::string::npos) {
    return ChipFamily::Esp8266;
  }
  return profile_of(device.family).chip;
}

}  // namespace otatool::http
