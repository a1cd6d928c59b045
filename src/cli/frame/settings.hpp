// Options from all sources, in the order of precedence: the command line, OTATOOL_* variables, the
// nearest otatool.toml, the user's own file (cli.md, global).
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
/// otatool/config.toml in $XDG_CONFIG_HOME or ~/.config. A missing file is no error. Fails with
/// FileUnreadable or Usage.
[[nodiscard]] tl::expected<ConfigFiles, HintedError> read_config_files();

struct Settings {
  OptionValues values;
  OptionSources sources;
  ConfiguredDevices devices;
};

/// Adds to the options of the command line (`values`) those of the environment and the files, for
/// `command` and for the global options. A value of the wrong kind is a Usage error.
[[nodiscard]] tl::expected<Settings, HintedError> settle(const Command& command,
                                                         OptionValues values,
                                                         ConfigFiles files);

/// True if the variable of this flag switches it on.
[[nodiscard]] bool is_switched_on(std::string_view flag);

/// `OTATOOL_PASSWORD_FILE` for `password-file`.
[[nodiscard]] std::string variable_of(std::string_view option);

}  // namespace otatool::cli
