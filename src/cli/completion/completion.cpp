#include "cli/completion/completion.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/options.hpp"

namespace otatool::cli {

ArgumentWords argument_words(const Command& command) {
  ArgumentWords words;
  if (command.raw_arguments || command.max_arguments == 0) {
    // A drop-in mode mostly has file arguments.
    words.files = command.raw_arguments;
    return words;
  }
  if (command.arguments == "[COMMAND]") {
    for (const Command* each : command_table()) {
      words.choices.emplace_back(each->name);
    }
    return words;
  }
  words.choices = choices_of({.name = command.name, .value = command.arguments});
  words.files = words.choices.empty();
  return words;
}

}  // namespace otatool::cli
