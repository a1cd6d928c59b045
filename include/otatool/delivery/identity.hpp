// What a device reports about its firmware, and what a device with an image will report. Values and
// pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::delivery {

/// What a device reports. An empty text: it does not report this.
struct Identity {
  std::string version = {};
  /// Differs between builds of one version: a date, a number or a hash.
  std::string build = {};

  friend bool operator==(const Identity&, const Identity&) = default;
};

/// Asks the device at an address (an IP literal) what it runs. Blocks for a second at most; nothing
/// if the device does not answer.
using Tell = std::function<std::optional<Identity>(const std::string& address)>;

/// What an image says about the device that runs it.
struct ImageIdentity {
  std::string version = {};              ///< empty: the image does not state it
  std::vector<std::string> builds = {};  ///< Identity::build of a device that runs it
  /// Whether the image holds this text, so that it may be of that version.
  std::function<bool(std::string_view version)> mentions = {};
  /// The image is a filesystem: the version of the device stays.
  bool filesystem = false;
};

/// Whether `told`, the version of a device, is the version `wanted`. A `v` at the start does not
/// count, and neither does what some families add (field-firmwares.md 3, 8): `15.2.0(tasmota)` is
/// 15.2.0, `20230913-112003/v1.14.0-gcb84623` is 1.14.0.
[[nodiscard]] bool is_version(std::string_view told, std::string_view wanted);

/// Whether a device that reports `told` runs exactly this image.
[[nodiscard]] bool runs_build(const Identity& told, const ImageIdentity& image);

/// Whether a device that reports `told` runs the image, or another one of its version.
[[nodiscard]] bool runs(const Identity& told, const ImageIdentity& image);

}  // namespace otatool::delivery
