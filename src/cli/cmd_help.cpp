#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command_table.hpp"
#include "cli/exit_codes.hpp"
#include "cli/help.hpp"
#include "cli/invocation.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kExamples = {
    Example{"otatool help upload", "options of a command"},
    Example{"otatool help --json", "all commands and options, for programs"},
};

Result<int> run_help(Invocation& invocation) {
  Messages& messages = invocation.messages();
  if (invocation.arguments().empty()) {
    nlohmann::json commands = nlohmann::json::array();
    for (const Command* command : command_table()) {
      commands.push_back(help_json(*command));
    }
    messages.result(overview());
    messages.json_document({{"schema", 1}, {"commands", std::move(commands)}});
    return kSuccess;
  }
  const std::string& name = invocation.arguments().front();
  const Command* command = find_command(name);
  if (command == nullptr) {
    const Error error(Errc::Usage, fmt::format("unknown command '{}'", name));
    messages.error(error, unknown_command_hint(name));
    return kUsageError;
  }
  messages.result(help_of(*command));
  messages.json_document(
      {{"schema", 1}, {"commands", nlohmann::json::array({help_json(*command)})}});
  return kSuccess;
}

}  // namespace

const Command kHelpCommand = {
    .name = "help",
    .summary = "show what otatool can do, or the options of a command",
    .arguments = "[COMMAND]",
    .examples = kExamples,
    .options = {},
    .run = run_help,
    .max_arguments = 1,
    .ignores_configuration = true,
};

}  // namespace otatool::cli
