// The description of a subcommand. command_table.cpp lists all commands. Help, completion, parsing
// and the test of the man pages are derived from these values.
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
  /// Placeholder of the value in help (`FILE`, `N`, `auto|md5`); empty for a flag. FILE, KEY, OUT
  /// and FOLDER are paths: completion offers files, and a relative path in a configuration file
  /// starts at the folder of that file. FILE|SIZE is a path or a number. Lower-case words joined by
  /// `|` are the allowed values.
  std::string_view value = {};
  std::string_view help = {};  ///< one line, lower case, no full stop
  bool repeatable = false;
  /// `--NAME[=VALUE]`: without a value the option is set to an empty text.
  bool optional_value = false;
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
  /// Runs the command and returns the exit code. A failure is an Error, or an exit code other than
  /// 0 if the command has reported the failure itself.
  Result<int> (*run)(Invocation& invocation) = nullptr;
  /// A drop-in mode for another tool: it gets all arguments unparsed, even `--help`, and reads no
  /// configuration. It also runs if argv[0] is its name, with or without `.py`.
  bool raw_arguments = false;
  /// Returns the secrets among raw arguments, to be overwritten in argv. nullptr: none.
  std::vector<std::string> (*secrets)(std::span<const std::string> arguments) = nullptr;
  /// Limits of the number of arguments.
  std::size_t min_arguments = 0;
  std::size_t max_arguments = 0;
  /// Reads neither OTATOOL_* nor otatool.toml, so that an invalid file cannot stop it.
  bool ignores_configuration = false;
};

}  // namespace otatool::cli
