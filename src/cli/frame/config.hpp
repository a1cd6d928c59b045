// What one otatool.toml says (cli.md, files). Text in, values out; finding and reading the files is
// config_files.hpp. Secrets are refused: such a file is shared and kept under version control.
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

/// A value below `[defaults]`, with its place for messages (`/project/otatool.toml:3`). A flag is
/// on or off; everything else is text, one for each element of a list.
struct ConfiguredOption {
  std::variant<bool, std::vector<std::string>> value;
  std::string place;
};

struct Config {
  std::string folder;  ///< of the file: relative paths in it begin here
  std::map<std::string, ConfiguredOption, std::less<>> defaults;  ///< by long name
  ConfiguredDevices devices;
};

/// Reads the text of the file at `path`, which is only named here and not opened. Names of options
/// are those of all commands. Usage error, naming file and line, for anything that is not known,
/// with the name that was probably meant; `[serve]` is not looked into.
[[nodiscard]] tl::expected<Config, HintedError> parse_config(std::string_view text,
                                                             const std::string& path);

/// The path that `written` in a file of this folder means: relative to it, `~/` is the home folder,
/// `-` stays.
[[nodiscard]] std::string path_from(const std::string& folder, const std::string& written);

}  // namespace otatool::cli
