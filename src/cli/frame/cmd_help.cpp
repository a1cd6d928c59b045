#include <array>
#include <fmt/format.h>

#include "cli/frame/command_table.hpp"
#include "cli/frame/help.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/options.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kHelpExamples = {
    Example{"otatool help upload", "examples and options of a command"},
    Example{"otatool help --json", "all commands and options, for programs"},
};

Result<int> run_help(Invocation& invocation) {
  if (invocation.arguments().empty()) {
    print_help(invocation.messages(), nullptr);
    return kSuccess;
  }
  const std::string& name = invocation.arguments().front();
  if (const Command* command = find_command(name)) {
    print_help(invocation.messages(), command);
    return kSuccess;
  }
  const Error error(Errc::Usage, fmt::format("unknown command '{}'", name));
  invocation.messages().error(error, unknown_command_hint(name));
  return kUsageError;
}

}  // namespace

const Command kHelpCommand = {
    .name = "help",
    .summary = "show all commands, or the options of one",
    .arguments = "[COMMAND]",
    .examples = kHelpExamples,
    .options = {},
    .run = run_help,
    .max_arguments = 1,
    .ignores_configuration = true,
};

}  // namespace otatool::cli
