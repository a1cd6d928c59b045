// Completion scripts for shells, derived from the command table. The scripts never call otatool:
// all words are in the script.
#pragma once

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
  std::vector<std::string> choices;  ///< empty: files
  bool files = false;
};
[[nodiscard]] ArgumentWords argument_words(const Command& command);

}  // namespace otatool::cli
