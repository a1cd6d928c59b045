// The rules of an update server as otatool.toml or otatool.json state them: which device gets which
// image (cli.md, files). Text in, values out; whether the images exist is not looked at.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/http/device_request.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

/// Which devices a rule is for. Every list that is not empty has to match, by one of its elements.
struct Matchers {
  std::vector<std::string> macs;      ///< patterns over the station MAC, upper case with colons
  std::vector<std::string> chips;     ///< `esp8266`, `esp32`, or a chip id as a decimal number
  std::vector<std::string> boards;    ///< patterns over `board` in the query of the request
  std::vector<std::string> groups;    ///< names in Manifest::groups
  std::vector<std::string> versions;  ///< patterns over what the device runs
  /// Sketch or Filesystem; nothing: whatever the image is.
  std::optional<UpdateMode> mode;
};

struct ManifestRule {
  Matchers matchers;
  std::string image;    ///< path below the folder of the manifest
  std::string version;  ///< of the image; empty: only its hash tells whether a device has it
  unsigned percent = 100;
  std::string minimum;     ///< a device that runs an older version does not wait for `percent`
  bool gzip = false;       ///< these devices take a package as it is
  bool verifier = false;   ///< these devices verify signatures, without which a signed package
                           ///< would destroy them (signing-gzip-images.md 1.8)
  bool downgrade = false;  ///< a newer version on the device is replaced too
};

struct Manifest {
  std::string path = "/update";
  /// MAC patterns and chip ids by the name of their group.
  std::map<std::string, std::vector<std::string>, std::less<>> groups;
  std::vector<ManifestRule> rules;
};

/// Reads a manifest. What a TOML file holds beside `[serve]` is not looked at. Usage error with
/// the line (syntax) or the rule (everything else) for whatever is unknown, missing or senseless.
[[nodiscard]] Result<Manifest> parse_manifest_toml(std::string_view text);
[[nodiscard]] Result<Manifest> parse_manifest_json(std::string_view text);

}  // namespace otatool::http
