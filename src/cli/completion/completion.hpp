// Completion scripts for shells, derived from the command table. All words are in the script,
// except the names of devices, which it gets from `otatool completion targets`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/frame/command.hpp"

namespace otatool::cli {

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

/// The completions of a command's arguments.
struct ArgumentWords {
  std::vector<std::string> choices;
  bool files = false;
  /// The number of arguments before the first one that is a device; nothing if none is one.
  std::optional<std::size_t> before_targets;
};
[[nodiscard]] ArgumentWords argument_words(const Command& command);

/// The completions of an option's value; none for a value that cannot be guessed.
struct ValueWords {
  std::vector<std::string> choices;
  bool files = false;
  bool targets = false;
};
[[nodiscard]] ValueWords value_words(const Option& option);

/// The options that the script offers: those of the table, or those of the drop-in mode.
[[nodiscard]] std::span<const Option> offered_options(const Command& command);

}  // namespace otatool::cli
