#include <array>

#include "cli/discover/browse_options.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/upload/confirm_options.hpp"
#include "cli/upload/fetch_image.hpp"
#include "cli/upload/push_options.hpp"
#include "cli/upload/send_image.hpp"
#include "cli/upload/transfer.hpp"
#include "cli/upload/upload_image.hpp"
#include "cli/upload/upload_options.hpp"
#include "cli/upload/upload_targets.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kPushExamples = {
    Example{"otatool push firmware.bin http://192.168.1.7/update",
            "upload to the form of one device"},
    Example{"otatool push firmware.bin 192.168.1.7",
            "find out what the device runs, and upload in its way"},
    Example{"otatool push firmware.bin 192.168.1.7 --via wled", "say what the device runs"},
    Example{"otatool push firmware.bin admin@kitchen.lan --password-file ota.pw",
            "log in with user and password"},
    Example{"otatool push firmware.bin kitchen.local", "find the device by its name"},
    Example{"otatool push --pull-from http://10.0.0.2:8070/new.bin 192.168.1.7",
            "make a Tasmota fetch its image from 'otatool serve'"},
    Example{"otatool push littlefs.bin 192.168.1.7 --fs", "upload a filesystem image"},
    Example{"otatool push firmware.bin.gz 192.168.1.7 --current running.bin",
            "upload a package; check that it fits beside the running sketch"},
    Example{"otatool push firmware.bin https://kitchen.lan/update --ca ca_cert.pem",
            "use https with your own certificate authority"},
};

constexpr std::array kPushOptions = {
    kFilesystemOption,
    Option{.name = "pull-from",
           .value = "URL",
           .help = "no IMAGE: make the devices fetch it from URL and wait for the result (Tasmota, "
                   "Shelly of generation 1)"},
    Option{.name = "chip",
           .value = "auto|esp8266|esp32",
           .help = "chip family of the devices, for the checks (auto)"},
    kGzipOption,
    kSignOption,
    kPassphraseFileOption,
    kAssumeVerifierOption,
    kAtomicFsOption,
    kLayoutOption,
    kCurrentOption,
    kPartitionsOption,
    kForceOption,
    Option{.name = "via",
           .value = "form|FAMILY",
           .help = "what the devices run, such as tasmota or wled; form: an unknown web form"},
    kFieldOption,
    kExtraOption,
    kUserOption,
    kAuthOption,
    kPasswordFileOption,
    kPasswordOption,
    kCaOption,
    kInsecureOption,
    kInterfaceOption,
    kBackendOption,
    kMdnsPortOption,
    kSubnetOption,
    kBindOption,
    Option{.name = "timeout",
           .value = "S",
           .help = "time limit for the connection and for the page of the form (30)"},
    kStallTimeoutOption,
    kRetriesOption,
    kMaxTimeOption,
    kConfirmOption,
    kNoConfirmOption,
    kJobsOption,
    kRetryFailedOption,
    kOnlyOutdatedOption,
    kImageVersionOption,
    Option{.name = "dry-run", .help = "check the image and print the plan; send nothing"},
};

constexpr std::array kPushOptionGroups = {
    Group{"Image", "fs"},
    Group{"Checks", "layout"},
    Group{"Form", "via"},
    Group{"Password and certificate", "user"},
    Group{"Search by name", "iface"},
    Group{"Transfer", "bind"},
};

Result<int> run_push(Invocation& invocation) {
  if (const auto url = invocation.value("pull-from")) {
    return fetch_image(invocation, *url);
  }
  return send_image(invocation, app::Via::Form);
}

}  // namespace

const Command kPushCommand{
    .name = "push",
    .summary = "upload an image through a web form",
    .arguments = "IMAGE URL...",
    .examples = kPushExamples,
    .options = kPushOptions,
    .option_groups = kPushOptionGroups,
    .run = run_push,
    .min_arguments = 1,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
