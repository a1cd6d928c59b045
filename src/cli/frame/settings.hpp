// Options from wherever they are set: the command line, then OTATOOL_* variables, then the nearest
// otatool.toml, then the user's own file (cli.md, global).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cli/frame/command.hpp"
#include "cli/frame/config.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/hints.hpp"

namespace otatool::cli {

struct ConfigFiles {
  std::optional<Config> project;
  std::optional<Config> user;
};

/// Finds and reads otatool.toml in the working folder or the nearest folder above it, and
/// otatool/config.toml in $XDG_CONFIG_HOME or ~/.config. Files that are not there are fine;
/// FileUnreadable and Usage otherwise.
[[nodiscard]] tl::expected<ConfigFiles, HintedError> read_config_files();

struct Settings {
  OptionValues values;
  OptionSources sources;
  ConfiguredDevices devices;
};

/// Adds to what was typed (`values`) what environment and files say about the options of `command`
/// and about those that all commands have. Usage error for a value of the wrong kind.
[[nodiscard]] tl::expected<Settings, HintedError> settle(const Command& command,
                                                         OptionValues values,
                                                         ConfigFiles files);

/// Whether the variable of this flag switches it on.
[[nodiscard]] bool is_switched_on(std::string_view flag);

/// `OTATOOL_PASSWORD_FILE` for `password-file`.
[[nodiscard]] std::string variable_of(std::string_view option);

}  // namespace otatool::cli
