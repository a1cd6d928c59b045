// The manifest of an update server in otatool.toml or otatool.json: which device gets which image
// (cli.md, files). Text in, values out; does not check whether the images exist.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/fleet/device.hpp"
#include "otatool/fleet/rollout.hpp"
#include "otatool/http/device_request.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

/// The devices that a rule is for. Each list that is not empty must have an element that matches.
struct Matchers {
  std::vector<std::string> macs;      ///< globs over the station MAC, upper case with colons
  std::vector<std::string> chips;     ///< `esp8266`, `esp32`, or a chip id as a decimal number
  std::vector<std::string> boards;    ///< globs over `board` in the request's query
  std::vector<std::string> groups;    ///< names in Manifest::groups
  std::vector<std::string> versions;  ///< globs over the version that the device runs
  /// Sketch or Filesystem; nothing: the image's own kind.
  std::optional<UpdateMode> mode;
};

struct ManifestRule {
  Matchers matchers;
  std::string image;    ///< path below the folder of the manifest
  std::string version;  ///< of the image; empty: only hashes are compared
  unsigned percent = 100;
  std::string minimum;     ///< `percent` does not apply to a device with an older version
  bool gzip = false;       ///< these devices unpack packages
  bool verifier = false;   ///< these devices verify signatures; a signed package destroys any
                           ///< other device (signing-gzip-images.md 1.8)
  bool downgrade = false;  ///< also replaces a newer version on the device
  std::string name;        ///< of its rollout; the image unless given
  std::optional<fleet::StagePlan> plan;  ///< for a rollout in stages (fleet.md 3)
  fleet::AttemptLimit attempts;
};

struct Manifest {
  std::string path = "/update";
  /// Globs over MACs, and chip ids, by group name.
  std::map<std::string, std::vector<std::string>, std::less<>> groups;
  std::vector<ManifestRule> rules;
  /// Names of devices by MAC address.
  std::map<std::string, std::string, std::less<>> names;
  /// Files with passwords or keys that [defaults] and [device] name, as written.
  std::vector<std::string> secret_files;
};

/// Reads a manifest; tables other than `[serve]` are ignored, but for Manifest::secret_files. Usage
/// for anything unknown, missing or invalid; the message names the line (syntax) or the rule.
[[nodiscard]] Result<Manifest> parse_manifest_toml(std::string_view text);
[[nodiscard]] Result<Manifest> parse_manifest_json(std::string_view text);

}  // namespace otatool::http
