// `mdns-discovery`, under which name arduino-cli and the IDE run otatool without arguments: a
// drop-in replacement for their own network discovery.
#include <algorithm>
#include <array>

#include "otatool/version.hpp"

#include "cli/discover/pluggable.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kMdnsDiscoveryExamples = {
    Example{"otatool mdns-discovery", "speak the protocol by hand: HELLO 1 \"me\", START_SYNC"},
};

constexpr std::string_view kMdnsDiscoveryHelp =
    R"(Usage: mdns-discovery [-v|--version]

Speaks Arduino's pluggable discovery protocol on stdin and stdout: HELLO, START,
START_SYNC, LIST, STOP and QUIT, one command a line.
)";

Result<int> run_mdns_discovery(Invocation& invocation) {
  Messages& messages = invocation.messages();
  for (const std::string& argument : invocation.arguments()) {
    if (argument == "-v" || argument == "-version" || argument == "--version") {
      messages.raw_output(std::string("mdns-discovery (otatool) ") + kVersion + "\n");
      return kSuccess;
    }
    if (argument == "-h" || argument == "-help" || argument == "--help") {
      messages.raw_output(kMdnsDiscoveryHelp);
      return kSuccess;
    }
    messages.raw_error_output("mdns-discovery: unknown argument '" + argument + "'\n");
    return kUsageError;
  }
  return run_pluggable(messages, {});
}

}  // namespace

const Command kMdnsDiscoveryCommand{
    .name = "mdns-discovery",
    .summary = "network discovery for arduino-cli and the Arduino IDE",
    .arguments = "",
    .examples = kMdnsDiscoveryExamples,
    .run = run_mdns_discovery,
    .raw_arguments = true,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
