#include "cli/frame/command_table.hpp"

#include <algorithm>
#include <array>

namespace otatool::cli {
namespace {

constexpr std::array kTable = {
    &kUploadCommand,        &kDiscoverCommand,   &kPushCommand,   &kServeCommand,
    &kRolloutCommand,       &kPublishCommand,    &kDoctorCommand, &kDeviceCommand,
    &kInfoCommand,          &kGzipCommand,       &kDeltaCommand,  &kSignCommand,
    &kVerifyCommand,        &kStripCommand,      &kDigestCommand, &kAttachCommand,
    &kKeygenCommand,        &kPubkeyCommand,     &kEspotaCommand, &kSigningCommand,
    &kMdnsDiscoveryCommand, &kCompletionCommand, &kHelpCommand,   &kVersionCommand,
};

constexpr std::array kGroups = {
    Group{"Devices", "upload"},
    Group{"Images", "info"},
    Group{"Signatures", "sign"},
    Group{"Replacements for other tools", "espota"},
    Group{"otatool itself", "completion"},
};

constexpr std::array kGlobalOptions = {
    Option{.name = "json", .help = "write only JSON to stdout"},
    Option{.name = "quiet", .letter = 'q', .help = "show no progress and no notes"},
    Option{.name = "verbose",
           .letter = 'v',
           .help = "show details; twice: also the packets, without secrets",
           .repeatable = true},
    Option{.name = "color", .value = "auto|always|never", .help = "use colour in text (auto)"},
    Option{.name = "help", .letter = 'h', .help = "show help and exit"},
    Option{.name = "version", .help = "show the version and exit"},
};

template <typename Options>
const Option* find_in(const Options& options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Command* const> command_table() {
  return kTable;
}

std::span<const Group> command_groups() {
  return kGroups;
}

const Command* find_command(std::string_view name) {
  const auto found =
      std::ranges::find_if(kTable, [name](const Command* each) { return each->name == name; });
  return found == kTable.end() ? nullptr : *found;
}

std::span<const Option> global_options() {
  return kGlobalOptions;
}

const Option* find_option(const Command* command, std::string_view name) {
  if (command != nullptr) {
    if (const Option* own = find_in(command->options, name)) {
      return own;
    }
  }
  return find_in(kGlobalOptions, name);
}

}  // namespace otatool::cli
