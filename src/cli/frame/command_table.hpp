// The commands of otatool in the order of `otatool help`, and the global options.
#pragma once

#include <span>
#include <string_view>

#include "cli/frame/command.hpp"

namespace otatool::cli {

// Defined in cmd_<name>.cpp, which includes this header so that the constant has external linkage.
extern const Command kUploadCommand;
extern const Command kDiscoverCommand;
extern const Command kPushCommand;
extern const Command kServeCommand;
extern const Command kRolloutCommand;
extern const Command kPublishCommand;
extern const Command kInfoCommand;
extern const Command kGzipCommand;
extern const Command kDeltaCommand;
extern const Command kSignCommand;
extern const Command kVerifyCommand;
extern const Command kStripCommand;
extern const Command kDigestCommand;
extern const Command kAttachCommand;
extern const Command kKeygenCommand;
extern const Command kPubkeyCommand;
extern const Command kEspotaCommand;
extern const Command kSigningCommand;
extern const Command kMdnsDiscoveryCommand;
extern const Command kCompletionCommand;
extern const Command kDeviceCommand;
extern const Command kDoctorCommand;
extern const Command kHelpCommand;
extern const Command kVersionCommand;

[[nodiscard]] std::span<const Command* const> command_table();
/// The groups of the commands, in the order of the table.
[[nodiscard]] std::span<const Group> command_groups();
/// The command with this exact name, or nullptr.
[[nodiscard]] const Command* find_command(std::string_view name);
/// The options that are allowed before every command, and after each without raw arguments.
[[nodiscard]] std::span<const Option> global_options();
/// The option with this long name: one of `command`, which may be nullptr, or a global one. nullptr
/// if there is none.
[[nodiscard]] const Option* find_option(const Command* command, std::string_view name);

}  // namespace otatool::cli
