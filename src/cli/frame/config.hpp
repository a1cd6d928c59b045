// Parses one otatool.toml (cli.md, files). Text in, values out; settings.hpp finds and reads the
// files. Secrets are refused, because such a file is shared and kept under version control.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "cli/frame/configured_device.hpp"
#include "cli/io/hints.hpp"

namespace otatool::cli {

/// A value of `[defaults]`, with its place for messages (`/project/otatool.toml:3`): true or false
/// for a flag, else the texts of a list or a single text.
struct ConfiguredOption {
  std::variant<bool, std::vector<std::string>> value;
  std::string place;
};

struct Config {
  std::string folder;  ///< of the file; the start of its relative paths
  std::map<std::string, ConfiguredOption, std::less<>> defaults;  ///< by long name
  ConfiguredDevices devices;
};

/// Parses the text of the file at `path`; `path` is for messages only. `[defaults]` may hold the
/// options of all commands; `[serve]` is ignored. An unknown name is a Usage error with file and
/// line, and with the nearest known name as its hint.
[[nodiscard]] tl::expected<Config, HintedError> parse_config(std::string_view text,
                                                             const std::string& path);

/// Resolves a path that is `written` in a file of this folder: relative to the folder, `~/` is the
/// home folder, `-` stays.
[[nodiscard]] std::string path_from(const std::string& folder, const std::string& written);

}  // namespace otatool::cli
