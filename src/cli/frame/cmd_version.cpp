#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "otatool/version.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kVersionExamples = {
    Example{"otatool version --json", "version and commands, for programs"},
};

Result<int> run_version(Invocation& invocation) {
  nlohmann::json commands = nlohmann::json::array();
  for (const Command* command : command_table()) {
    commands.push_back(command->name);
  }
  invocation.messages().result(std::string("otatool ") + kVersion);
  invocation.messages().json_document({
      {"schema", 1},
      {"name", "otatool"},
      {"version", kVersion},
      {"commands", std::move(commands)},
  });
  return kSuccess;
}

}  // namespace

const Command kVersionCommand = {
    .name = "version",
    .summary = "show the version",
    .arguments = "",
    .examples = kVersionExamples,
    .options = {},
    .run = run_version,
    .ignores_configuration = true,
};

}  // namespace otatool::cli
