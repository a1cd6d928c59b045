#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/completion/completion.hpp"
#include "cli/completion/known_targets.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/spelling.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kCompletionExamples = {
    Example{"source <(otatool completion bash)", "for this shell only"},
    Example{"otatool completion fish > ~/.config/fish/completions/otatool.fish",
            "for all new shells"},
};

constexpr std::array<std::string_view, 3> kShells = {"bash", "zsh", "fish"};
constexpr std::string_view kTargets = "targets";
constexpr std::array kScripts = {bash_completion, zsh_completion, fish_completion};

void print(Messages& messages, const std::string& shell, const std::string& script) {
  if (messages.json()) {
    messages.json_document({{"schema", 1}, {"shell", shell}, {"script", script}});
  } else {
    messages.raw_output(script);
  }
}

/// Prints the names of the devices, one a line.
void print_targets(Messages& messages) {
  const std::vector<std::string> names = known_targets();
  for (const std::string& name : names) {
    messages.result(name);
  }
  messages.json_document({{"schema", 1}, {"targets", names}});
}

Result<int> run_completion(Invocation& invocation) {
  const std::string& shell = invocation.arguments().front();
  if (shell == kTargets) {
    print_targets(invocation.messages());
    return kSuccess;
  }
  for (std::size_t i = 0; i < kShells.size(); ++i) {
    if (shell == kShells[i]) {
      print(invocation.messages(), shell, kScripts[i]());
      return kSuccess;
    }
  }
  const Error error(Errc::Usage, fmt::format("unknown shell '{}'", shell));
  const auto nearest = nearest_word(shell, kShells);
  invocation.messages().error(
      error, nearest ? did_you_mean(*nearest) : usage_hint(kCompletionCommand.name));
  return kUsageError;
}

}  // namespace

const Command kCompletionCommand = {
    .name = "completion",
    .summary = "print the completion script of a shell",
    .arguments = "bash|zsh|fish|targets",
    .examples = kCompletionExamples,
    .run = run_completion,
    .min_arguments = 1,
    .max_arguments = 1,
    .ignores_configuration = true,
};

}  // namespace otatool::cli
