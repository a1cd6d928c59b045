// What a subcommand is made of. The table of them all is in command_table.cpp; help, completion,
// parsing and the check of the man pages are derived from these values.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "otatool/result.hpp"

namespace otatool::cli {

class Invocation;

struct Option {
  std::string_view name;  ///< long name without dashes
  char letter = '\0';     ///< short name, if any
  std::string_view
      value;              ///< what help calls the value (`FILE`, `N`, `auto|md5`); empty for a flag
  std::string_view help;  ///< one line, lower case, no full stop
  bool repeatable = false;
};

struct Example {
  std::string_view command;
  std::string_view meaning;
};

struct Command {
  std::string_view name;
  std::string_view summary;    ///< one line, lower case, no full stop
  std::string_view arguments;  ///< `IMAGE TARGET...`
  std::span<const Example> examples;
  std::span<const Option> options;
  /// Does the work and returns the exit code, which is not 0 only where an Error would say too
  /// little.
  Result<int> (*run)(Invocation& invocation);
  /// Drop-in modes take their arguments as they are, `--help` included.
  bool raw_arguments = false;
  /// How many arguments there may be.
  std::size_t min_arguments = 0;
  std::size_t max_arguments = 0;
};

}  // namespace otatool::cli
