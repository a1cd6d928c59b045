#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>
#include <vector>

#include "app/devices/device_facts.hpp"
#include "app/devices/target_search.hpp"
#include "app/release/release_check.hpp"
#include "app/release/signed_release.hpp"
#include "cli/discover/browse_log.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/discover/capabilities.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/upload/target_choice.hpp"
#include "cli/upload/transfer.hpp"
#include "cli/upload/upload_image.hpp"
#include "cli/upload/upload_options.hpp"
#include "cli/upload/upload_plan.hpp"
#include "cli/upload/upload_reporter.hpp"
#include "cli/upload/upload_targets.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kUploadExamples = {
    Example{"otatool upload firmware.bin 192.168.1.7", "upload to one device, ESP8266 or ESP32"},
    Example{"otatool upload firmware.bin kitchen --password-file ota.pw",
            "find the device by its name; use a password"},
    Example{"otatool upload firmware.bin --match 'lamp-*'",
            "upload to every device whose name matches"},
    Example{"otatool upload firmware.bin --targets devices.txt --jobs 4",
            "upload to a list of devices, four at a time"},
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
    Option{.name = "password-hash",
           .value = "HEX",
           .help = "MD5 or SHA-256 of the password, instead of the password"},
    Option{.name = "auth-hash",
           .value = "auto|sha256|md5",
           .help = "the hash of the password that an ESP32 with core 3.3.1 or newer stores (auto)"},
    Option{.name = "require-sha256", .help = "send no response to an MD5 challenge"},
    Option{.name = "bind", .value = "ADDR", .help = "local address (default: that of the route)"},
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
    Group{"Connection", "bind"},
    Group{"Transfer", "lockstep"},
};

/// The job for transfer().
struct UploadJob {
  using Target = espota::Target;
  using Reporter = UploadReporter;

  Bytes image;
  std::vector<Target> targets;
  espota::UploadOptions options;

  [[nodiscard]] Result<std::vector<espota::TargetReport>> send(std::span<const Target> to,
                                                               Reporter& reporter) const {
    return espota::upload_all(image, to, options, reporter);
  }
  static Target with_password(Target target, const Secret& password) {
    target.credentials.password = password;
    return target;
  }
};

/// The image, the targets and the problems found before sending.
struct Prepared {
  std::string path;
  app::ExaminedFile file;
  std::vector<app::KnownTarget> known;
  std::vector<espota::Target> targets;
  std::vector<image::UploadProblem> problems;
};

/// How long to wait for the announcements of the devices.
app::TargetSearch::Wait wait_for_announcements(const app::ExaminedFile& file,
                                               const app::ReleaseOptions& release,
                                               std::span<const espota::Target> targets) {
  using enum app::TargetSearch::Wait;
  if (app::needs_announced_verifier(file, release)) {
    return Required;
  }
  const bool port_open = std::ranges::any_of(
      targets, [](const espota::Target& target) { return !target.port.has_value(); });
  const bool may_pack =
      release.packing == app::Packing::IfAccepted && app::is_packable(file, release.filesystem);
  return port_open || may_pack || release.sign || app::signed_payload_size(file) ? Usual : None;
}

/// Reads the image while the search for the devices runs.
Result<Prepared> prepare(Invocation& invocation,
                         UploadTargets wanted,
                         app::ReleaseOptions& release) {
  const std::vector<espota::Target> named = wanted.named;
  TRY(app::SearchOptions options, search_options(invocation, std::move(wanted)));
  std::vector<mdns::Device> found;
  auto search = app::TargetSearch::start(
      std::move(options),
      [&found, log = browse_logger(invocation.messages())](const mdns::BrowseEvent& event) {
        log(event);
        if (const auto* device = std::get_if<mdns::DeviceFound>(&event)) {
          found.push_back(device->device);
        }
      });
  std::string path = path_to_send(invocation);
  TRY(app::ExaminedFile read, app::examine_file(path));
  const auto searched = search.find();
  suggest_names(invocation.messages(), named, found);
  TRY_VOID(searched);
  TRY(auto known, search.finish(wait_for_announcements(read, release, named)));
  const auto skipped =
      app::remove_other_families(known, named.size(), image::family_of(read.examined));
  if (!skipped.empty()) {
    invocation.messages().note(
        fmt::format("skipped because the image is for another chip: {}", fmt::join(skipped, ", ")));
  }
  app::apply_announcements(app::release_targets(known), read, release);
  TRY(app::ExaminedFile file, prepare_upload_image(invocation, std::move(read), release));
  Prepared prepared{std::move(path), std::move(file), std::move(known), {}, {}};
  for (app::KnownTarget& each : prepared.known) {
    app::choose_chip(prepared.file, each.target);
    prepared.targets.push_back(each.target);
  }
  prepared.problems =
      app::problems_of(prepared.file, release, app::release_targets(prepared.known));
  return prepared;
}

void report_devices(Messages& messages, std::span<const app::KnownTarget> targets, int verbosity) {
  for (const app::KnownTarget& known : targets) {
    if (known.device) {
      const std::string capabilities = capabilities_text(*known.device);
      messages.detail(verbosity,
                      fmt::format("{} is {}{}{}{}",
                                  known.target.name,
                                  app::describe_device(*known.device),
                                  known.device->auth.value_or(false) ? ", needs a password" : "",
                                  capabilities.empty() ? "" : ", ",
                                  capabilities));
    }
  }
}

Result<int> upload_prepared(Invocation& invocation,
                            const Prepared& prepared,
                            espota::UploadOptions options) {
  Messages& messages = invocation.messages();
  const bool dry_run = invocation.flag("dry-run");
  report_devices(messages, prepared.known, dry_run ? 0 : 1);
  const std::string warning =
      image_warning(prepared.path, prepared.file, options.command == wire::Command::Filesystem);
  if (!warning.empty()) {
    messages.warning(warning);
  }
  if (dry_run) {
    return print_upload_plan(
        messages, prepared.targets, options, prepared.path, prepared.file.bytes);
  }
  if (chooses_targets(invocation)) {
    TRY_VOID(confirm_targets(messages, prepared.known, invocation.flag(kYesOption.name)));
  }
  return transfer(messages, UploadJob{prepared.file.bytes, prepared.targets, std::move(options)});
}

Result<int> run_upload(Invocation& invocation) {
  TRY_VOID(check_argument_order(invocation));
  TRY(espota::UploadOptions options, read_upload_options(invocation));
  TRY(UploadTargets targets, read_upload_targets(invocation));
  TRY_VOID(check_bind_address(options.bind_address, targets.named));
  TRY(app::ReleaseOptions release, release_options(invocation));
  TRY(const Prepared prepared, prepare(invocation, std::move(targets), release));
  if (!prepared.problems.empty()) {
    return report_problems(invocation.messages(), prepared.path, prepared.problems);
  }
  return upload_prepared(invocation, prepared, std::move(options));
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
