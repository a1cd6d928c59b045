// The families of firmwares that take updates over HTTP, and what a device reports about itself
// (field-firmwares.md 2). Values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "otatool/chip_family.hpp"
#include "otatool/http/header_field.hpp"

namespace otatool::http {

enum class Family {
  Unknown,  ///< treated like a stock server
  Stock,    ///< the HTTP update servers of the Arduino cores
  OtaWebUpdater,
  EspEasy,
  Espurna,
  Tasmota,
  Wled,
  Esphome,
  ElegantOta3,
  ElegantOta2,  ///< version 2, or AsyncElegantOTA: no look-up distinguishes them
  AsyncElegantOta,
  OpenDtu,
  Esp3d,
  OpenBeken,
  Bitaxe,
  ShellyGen1,  ///< fetches its updates and takes no upload
};

/// The stable name of a family, in options and JSON: lower-case letters, digits and hyphens.
[[nodiscard]] std::string_view to_string(Family family);
/// The name for people: `ElegantOTA 3`.
[[nodiscard]] std::string_view title(Family family);
/// Nothing if no family has this name, or for `unknown`.
[[nodiscard]] std::optional<Family> family_of_name(std::string_view name);
/// All families except Unknown.
[[nodiscard]] std::span<const Family> families();

/// An answer of a device to a GET. Views into the answer; a gzip body is unpacked.
struct DeviceAnswer {
  unsigned status = 0;  ///< 0: no answer
  std::span<const HeaderField> fields;
  std::string_view body;
};

/// What a device reports about itself. A text that it does not report is empty; each text is one
/// line of printable ASCII.
struct DeviceIdentity {
  Family family = Family::Unknown;
  std::string version = {};
  std::string hardware = {};
  std::string release = {};  ///< the name of the build: WLED's release, OpenDTU's environment
  std::string build = {};    ///< date or number of the build
  std::optional<std::uint64_t> uptime_seconds = std::nullopt;
  std::optional<std::uint64_t> boot_count = std::nullopt;
  std::optional<std::uint64_t> flash_bytes = std::nullopt;  ///< the real size of the flash
  bool login_needed = false;

  friend bool operator==(const DeviceIdentity&, const DeviceIdentity&) = default;
};

/// The chip family by the family and its `hardware`; Unknown if they do not identify it.
[[nodiscard]] ChipFamily chip_family_of(const DeviceIdentity& device);

/// Whether a device of the family takes updates by its web server for certain. A page of a sketch
/// is not enough: such a sketch may take them by ArduinoOTA.
[[nodiscard]] bool is_definite(Family family);

/// A system that only stores the real firmware and then starts it: Tasmota's safeboot.
[[nodiscard]] bool is_rescue_system(const DeviceIdentity& device);

/// The GET whose answer has the version; empty if the family does not report it over HTTP
/// (field-firmwares.md 3 to 10).
[[nodiscard]] std::string_view version_target(Family family);
/// The GET whose answer has uptime and number of starts; empty if there is none.
[[nodiscard]] std::string_view uptime_target(Family family);
/// The GET whose answer has the size of the flash; empty if the device does not report it, or takes
/// images for any size.
[[nodiscard]] std::string_view flash_target(const DeviceIdentity& device);
/// Reads the answers to these GETs. Nothing if the answer is not of this family.
[[nodiscard]] std::optional<DeviceIdentity> read_identity(Family family,
                                                          const DeviceAnswer& answer);

}  // namespace otatool::http
