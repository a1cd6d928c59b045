// The manifest of static files that ESPHome devices and ESP Web Tools read (field-firmwares.md 11).
// Text only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otatool/image/chip.hpp"

namespace otatool::publish {

/// The image of one chip. Paths are relative to the manifest and not encoded.
struct Build {
  std::string chip_family;  ///< chip_family_name()
  std::string app;          ///< what a device downloads
  std::string app_md5;      ///< 32 lower-case hex digits
  std::string factory;      ///< what a browser writes at offset 0 by serial; empty: there is none
};

struct UpdateManifest {
  std::string name;
  std::string version;  ///< devices compare it as text
  std::vector<Build> builds;
};

/// `chipFamily` of an image, such as `ESP8266` and `ESP32-C3`; empty if there is no name for it.
[[nodiscard]] std::string chip_family_name(image::Chip chip);

/// Whether devices read this path as a relative one: it contains no `http`.
[[nodiscard]] bool is_relative_for_devices(std::string_view path);

/// The path as a relative URL: percent-encoded, except for unreserved characters and `/`.
[[nodiscard]] std::string url_of_path(std::string_view path);

/// The manifest as JSON, with a newline at the end. A build without a factory image has no `parts`.
[[nodiscard]] std::string manifest_text(const UpdateManifest& manifest);

/// The line of md5sum and sha256sum: the hash, which devices read, and the name after the last `/`.
[[nodiscard]] std::string checksum_text(std::string_view hash, std::string_view path);

}  // namespace otatool::publish
