// What a subcommand is made of. The table of them all is in command_table.cpp; help, completion,
// parsing and the check of the man pages are derived from these values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::cli {

class Invocation;

struct Option {
  std::string_view name;  ///< long name without dashes
  char letter = '\0';     ///< short name, if any
  /// What help calls the value (`FILE`, `N`, `auto|md5`); empty for a flag. FILE, KEY, OUT and
  /// FOLDER are paths: completion offers files, and in a configuration file such a value is
  /// relative to that file. Lower-case words joined by `|` are the choices there are.
  std::string_view value = {};
  std::string_view help = {};  ///< one line, lower case, no full stop
  bool repeatable = false;
};

/// A heading in a list of options or commands, and the name of the first one below it.
struct Group {
  std::string_view heading;
  std::string_view first;
};

struct Example {
  std::string_view command;
  std::string_view meaning;
};

inline constexpr std::size_t kUnlimited = SIZE_MAX;

struct Command {
  std::string_view name;
  std::string_view summary;         ///< one line, lower case, no full stop
  std::string_view arguments = {};  ///< `IMAGE TARGET...`
  std::span<const Example> examples = {};
  std::span<const Option> options = {};
  /// The groups of a long list of options, in its order; empty for a short one.
  std::span<const Group> option_groups = {};
  /// Does the work and returns the exit code, which is not 0 only where an Error would say too
  /// little.
  Result<int> (*run)(Invocation& invocation) = nullptr;
  /// Drop-in modes take their arguments as they are, `--help` included, and know no
  /// configuration. Such a command also runs when argv[0] is its name, with or without `.py`.
  bool raw_arguments = false;
  /// The secrets among raw arguments, so that they are wiped from the process list. nullptr: none.
  std::vector<std::string> (*secrets)(std::span<const std::string> arguments) = nullptr;
  /// How many arguments there may be.
  std::size_t min_arguments = 0;
  std::size_t max_arguments = 0;
  /// Reads neither OTATOOL_* nor otatool.toml, so that a broken file cannot stop it.
  bool ignores_configuration = false;
};

}  // namespace otatool::cli
