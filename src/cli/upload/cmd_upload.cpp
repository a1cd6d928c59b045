#include <array>

#include "cli/discover/browse_options.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/upload/confirm_options.hpp"
#include "cli/upload/push_options.hpp"
#include "cli/upload/send_image.hpp"
#include "cli/upload/target_choice.hpp"
#include "cli/upload/transfer.hpp"
#include "cli/upload/upload_image.hpp"
#include "cli/upload/upload_options.hpp"
#include "cli/upload/upload_targets.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kUploadExamples = {
    Example{"otatool upload firmware.bin 192.168.1.7", "upload to one device, ESP8266 or ESP32"},
    Example{"otatool upload firmware.bin kitchen --password-file ota.pw",
            "find the device by its name; use a password"},
    Example{"otatool upload firmware.ota.bin esphome://kitchen.local",
            "upload to an ESPHome device"},
    Example{"otatool upload firmware.bin --match 'lamp-*'",
            "upload to every device whose name matches"},
    Example{"otatool upload firmware.bin --targets devices.txt --jobs 4",
            "upload to a list of devices, four at a time"},
    Example{"otatool upload firmware.bin --retry-failed report.json",
            "repeat an upload for the devices that failed"},
    Example{"otatool upload firmware.bin --all --only-outdated --confirm",
            "update the devices that run another version, and wait until they are back"},
    Example{"otatool upload littlefs.bin 192.168.1.7 --fs", "upload a filesystem image"},
    Example{"otatool upload firmware.bin 192.168.1.7 --wait 600",
            "upload to a sleeping device, within ten minutes"},
};

constexpr std::array kUploadOptions = {
    Option{.name = "chip",
           .value = "auto|esp8266|esp32",
           .help = "chip family of the device, which sets the default port; auto tries both"},
    Option{.name = "port", .value = "N", .help = "UDP port of the device (8266 or 3232)"},
    Option{.name = "targets", .value = "FILE", .help = "read targets from FILE, one per line"},
    kRetryFailedOption,
    kViaOption,
    kOnlyOutdatedOption,
    kImageVersionOption,
    kAllOption,
    kMatchOption,
    kBoardOption,
    kYesOption,
    kInterfaceOption,
    kBackendOption,
    kMdnsPortOption,
    kSubnetOption,
    kFilesystemOption,
    kGzipOption,
    kBaseOption,
    kDeltaOption,
    kSignOption,
    kNoSignedOption,
    kPassphraseFileOption,
    kAssumeVerifierOption,
    kAtomicFsOption,
    kLayoutOption,
    kCurrentOption,
    kPartitionsOption,
    kForceOption,
    kPasswordFileOption,
    kPasswordOption,
    kEncryptionKeyFileOption,
    Option{.name = "password-hash",
           .value = "HEX",
           .help = "MD5 or SHA-256 of the password, instead of the password"},
    Option{.name = "auth-hash",
           .value = "auto|sha256|md5",
           .help = "the hash of the password that an ESP32 with core 3.3.1 or newer stores (auto)"},
    Option{.name = "require-sha256", .help = "send no response to an MD5 challenge"},
    kUserOption,
    kAuthOption,
    kFieldOption,
    kExtraOption,
    kCaOption,
    kInsecureOption,
    kBindOption,
    Option{.name = "host-port",
           .value = "N|A-B",
           .help = "local TCP port for the device's connection (default: any)"},
    Option{.name = "any-peer", .help = "accept replies and the connection from any address"},
    Option{.name = "timeout", .value = "S", .help = "time limit for each reply of the device (30)"},
    kStallTimeoutOption,
    Option{.name = "wait",
           .value = "S",
           .help = "keep inviting for S seconds until the device replies"},
    Option{.name = "lockstep", .help = "wait for a reply after each chunk, as espota.py does"},
    kRetriesOption,
    kMaxTimeOption,
    kConfirmOption,
    kNoConfirmOption,
    kJobsOption,
    Option{.name = "dry-run",
           .help = "resolve the targets, check the image and print the plan; send nothing"},
};

constexpr std::array kUploadOptionGroups = {
    Group{"Targets", "chip"},
    Group{"Search by name", "iface"},
    Group{"Image", "fs"},
    Group{"Checks", "layout"},
    Group{"Password", "password-file"},
    Group{"Web forms", "user"},
    Group{"Connection", "bind"},
    Group{"Transfer", "lockstep"},
};

Result<int> run_upload(Invocation& invocation) {
  return send_image(invocation, app::Via::Undecided);
}

}  // namespace

const Command kUploadCommand{
    .name = "upload",
    .summary = "upload an image to one or many devices",
    .arguments = "IMAGE TARGET...",
    .examples = kUploadExamples,
    .options = kUploadOptions,
    .option_groups = kUploadOptionGroups,
    .run = run_upload,
    .min_arguments = 1,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
