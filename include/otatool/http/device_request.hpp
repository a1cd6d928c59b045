// The x-ESP8266-* and x-ESP32-* header fields with which ESP8266httpUpdate and HTTPUpdate describe
// the device that asks for an update (espota.md 5.3, 5.4). Reads and writes text; no sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/chip_family.hpp"
#include "otatool/http/header_field.hpp"

namespace otatool::http {

/// What the device asks for; Version asks for the version number alone. Filesystem is `spiffs`,
/// `littlefs`, `fatfs` or `flashfs` on the wire. With an Unknown mode the device would write the
/// image to a place that otatool does not know.
enum class UpdateMode { Sketch, Filesystem, Version, Unknown };
/// `sketch`, `filesystem`, `version` or `unknown`.
[[nodiscard]] std::string_view to_string(UpdateMode mode);

/// The application that a device runs, if it applies difference updates (delta.md 4).
struct RunningImage {
  std::uint32_t size = 0;  ///< bytes, at least 1
  std::string sha256;      ///< of these bytes, 64 lower-case hex digits
  friend bool operator==(const RunningImage&, const RunningImage&) = default;
};

struct DeviceRequest {
  ChipFamily family = ChipFamily::Esp8266;
  UpdateMode mode = UpdateMode::Sketch;
  std::string unknown_mode;              ///< the mode as sent, with UpdateMode::Unknown
  std::string station_mac;               ///< or base MAC: `5C:CF:7F:01:02:03`, upper case
  std::string access_point_mac;          ///< same form; empty: not sent
  std::optional<std::uint32_t> chip_id;  ///< ESP8266 only
  /// Bytes. On an ESP8266: the space for a new sketch beside the running one.
  std::optional<std::uint64_t> free_space;
  std::optional<std::uint64_t> sketch_size;
  std::optional<std::uint64_t> chip_size;  ///< bytes of flash
  std::string sketch_md5;     ///< 32 lower-case hex digits of the running image; empty: not sent
  std::string sketch_sha256;  ///< 64 lower-case hex digits; ESP32 only; empty: not sent
  std::string sdk_version;
  std::string version;  ///< version passed by the sketch; empty: not sent
  std::optional<RunningImage> running = std::nullopt;  ///< `x-otatool-delta`, no field of the cores

  friend bool operator==(const DeviceRequest&, const DeviceRequest&) = default;
};

/// `ESP8266-http-Update` or `ESP32-http-Update`.
[[nodiscard]] std::string_view user_agent(ChipFamily family);

/// A MAC address in the form of DeviceRequest. `text` may separate the six bytes by `-`, `:` or
/// nothing, in either case. Nothing if `text` is not a MAC address.
[[nodiscard]] std::optional<std::string> canonical_mac(std::string_view text);

/// The device that sent a request, identified by its station MAC or, without Wi-Fi, by its base MAC
/// (espota.md 5.4). Nothing without either: the client is a browser or a tool. An invalid field
/// other than the mode counts as not sent; texts are cut at 128 bytes.
[[nodiscard]] std::optional<DeviceRequest> read_device_request(std::span<const HeaderField> fields);

/// The fields that a device of this family sends, in its order and spelling; User-Agent first.
[[nodiscard]] std::vector<OwnedField> device_request_fields(const DeviceRequest& request);

}  // namespace otatool::http
