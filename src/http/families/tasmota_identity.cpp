#include "http/families/tasmota_identity.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "otatool/nesting.hpp"
#include "otatool/number.hpp"

#include "http/families/identity_text.hpp"
#include "http/families/json_identity.hpp"

namespace otatool::http {
namespace {

constexpr std::string_view kServer = "Tasmota/";

constexpr JsonIdentity kStatus2{.family = Family::Tasmota,
                                .required = {"/StatusFWR/Version", {}, {}, {}},
                                .version = "/StatusFWR/Version",
                                .hardware = "/StatusFWR/Hardware",
                                .build = "/StatusFWR/BuildDateTime"};

/// Version and hardware of `Tasmota/15.2.0.2 (ESP8266EX)`.
DeviceIdentity read_server(std::string_view server) {
  DeviceIdentity device{.family = Family::Tasmota};
  server.remove_prefix(kServer.size());
  const std::size_t blank = std::min(server.find(' '), server.size());
  device.version = identity_text(server.substr(0, blank));
  std::string_view hardware = trimmed(server.substr(blank));
  if (hardware.size() >= 2 && hardware.front() == '(' && hardware.back() == ')') {
    hardware = hardware.substr(1, hardware.size() - 2);
  }
  device.hardware = identity_text(hardware);
  return device;
}

/// Removes a number and the `separator` after it from `text`.
std::optional<std::uint64_t> take_number(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto number = parse_number<std::uint32_t>(text.substr(0, end));
  text.remove_prefix(end + 1);
  return number;
}

/// `12T03:45:06`: days, hours, minutes, seconds.
std::optional<std::uint64_t> seconds_of(std::string_view text) {
  const auto days = take_number(text, 'T');
  const auto hours = take_number(text, ':');
  const auto minutes = take_number(text, ':');
  const auto seconds = parse_number<std::uint32_t>(text);
  if (!days || !hours || !minutes || !seconds) {
    return std::nullopt;
  }
  return ((*days * 24 + *hours) * 60 + *minutes) * 60 + *seconds;
}

/// The object of this name in the answer to a command.
std::optional<nlohmann::json> section_of(const DeviceAnswer& answer, const char* name) {
  if (find_too_deep(answer.body)) {
    return std::nullopt;
  }
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  const auto section = json.is_object() ? json.find(name) : json.end();
  const bool found = section != json.end() && section->is_object();
  return found ? std::optional(*section) : std::nullopt;
}

std::optional<std::uint64_t> number_in(const nlohmann::json& section, const char* name) {
  const auto number = section.find(name);
  return number != section.end() && number->is_number_unsigned()
             ? std::optional(number->get<std::uint64_t>())
             : std::nullopt;
}

}  // namespace

std::optional<DeviceIdentity> read_tasmota_version(const DeviceAnswer& answer) {
  const std::string_view server = find_field(answer.fields, "Server").value_or("");
  if (!server.starts_with(kServer)) {
    return std::nullopt;
  }
  DeviceIdentity device = read_server(server);
  if (auto told = read_json_identity(kStatus2, answer)) {
    return told;
  }
  device.login_needed = answer.status == 401;
  return device;
}

std::optional<DeviceIdentity> read_tasmota_uptime(const DeviceAnswer& answer) {
  const auto status = section_of(answer, "StatusPRM");
  if (!status) {
    return std::nullopt;
  }
  DeviceIdentity device{.family = Family::Tasmota};
  if (const auto uptime = status->find("Uptime"); uptime != status->end() && uptime->is_string()) {
    device.uptime_seconds = seconds_of(uptime->get_ref<const std::string&>());
  }
  device.boot_count = number_in(*status, "BootCount");
  return device;
}

std::optional<DeviceIdentity> read_tasmota_flash(const DeviceAnswer& answer) {
  constexpr std::uint64_t kKibibyte = 1024;
  constexpr std::uint64_t kLargestFlash = std::uint64_t{1} << 20U;  // KiB
  const auto status = section_of(answer, "StatusMEM");
  const auto size = status ? number_in(*status, "FlashSize") : std::nullopt;
  if (!size || *size == 0 || *size > kLargestFlash) {
    return std::nullopt;
  }
  DeviceIdentity device{.family = Family::Tasmota};
  device.flash_bytes = *size * kKibibyte;
  return device;
}

}  // namespace otatool::http
