#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "otatool/espota/digest.hpp"

#include "app/release/release_check.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/configured_device.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/upload/push_options.hpp"
#include "cli/upload/push_reporter.hpp"
#include "cli/upload/transfer.hpp"
#include "cli/upload/upload_image.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kPushExamples = {
    Example{"otatool push firmware.bin http://192.168.1.7/update",
            "upload to the form of one device"},
    Example{"otatool push firmware.bin 192.168.1.7", "the same; http and /update are the defaults"},
    Example{"otatool push firmware.bin admin@kitchen.lan --password-file ota.pw",
            "log in with user and password"},
    Example{"otatool push firmware.bin kitchen.local", "find the device by its name"},
    Example{"otatool push littlefs.bin 192.168.1.7 --fs", "upload a filesystem image"},
    Example{"otatool push firmware.bin.gz 192.168.1.7 --current running.bin",
            "upload a package; check that it fits beside the running sketch"},
    Example{"otatool push firmware.bin https://kitchen.lan/update --ca ca_cert.pem",
            "use https with your own certificate authority"},
};

constexpr std::array kPushOptions = {
    kFilesystemOption,
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
    Option{.name = "user", .value = "NAME", .help = "user name for the form (admin)"},
    Option{.name = "auth",
           .value = "auto|basic|digest",
           .help = "authentication scheme; basic: send the password unasked (auto)"},
    kPasswordFileOption,
    kPasswordOption,
    Option{.name = "ca", .value = "FILE", .help = "trust the certificates in FILE (PEM) for https"},
    Option{.name = "insecure", .help = "do not verify the certificate"},
    kInterfaceOption,
    kBackendOption,
    kMdnsPortOption,
    kSubnetOption,
    Option{.name = "timeout",
           .value = "S",
           .help = "time limit for the connection and for the page of the form (30)"},
    kStallTimeoutOption,
    kRetriesOption,
    kJobsOption,
    Option{.name = "dry-run", .help = "check the image and print the plan; send nothing"},
};

constexpr std::array kPushOptionGroups = {
    Group{"Image", "fs"},
    Group{"Checks", "layout"},
    Group{"Password and certificate", "user"},
    Group{"Search by name", "iface"},
    Group{"Transfer", "timeout"},
};

/// The job for transfer().
struct PushJob {
  using Target = http::PushTarget;
  using Reporter = PushReporter;

  Bytes image;
  std::vector<Target> targets;
  http::PushOptions options;

  [[nodiscard]] Result<std::vector<http::PushReport>> send(std::span<const Target> to,
                                                           Reporter& reporter) const {
    return http::push_all(image, to, options, reporter);
  }
  static Target with_password(Target target, const Secret& password) {
    target.login = http::Login{target.url.user, password};
    return target;
  }
};

Result<ChipFamily> read_family(Invocation& invocation, const app::ExaminedFile& file) {
  OptionReader read(invocation);
  const auto family = read.choice<ChipFamily>("chip", kChipChoices, ChipFamily::Unknown);
  return read.finish(family == ChipFamily::Unknown ? image::family_of(file.examined) : family);
}

Result<std::vector<image::UploadProblem>> check_image(Invocation& invocation,
                                                      const app::ExaminedFile& file,
                                                      const app::ReleaseOptions& release) {
  TRY(const ChipFamily family, read_family(invocation, file));
  auto problems = app::problems_of(file, release, family);
  if (auto space = app::form_space_problem(file, release)) {
    problems.push_back(std::move(*space));
  }
  if (problems.empty() && app::form_space_is_unknown(file, release)) {
    invocation.messages().warning(
        "the form stores a package directly after the running sketch; --current FILE checks "
        "whether "
        "there is room to unpack it");
  }
  return problems;
}

Result<int> print_plan(Messages& messages, const std::string& path, const PushJob& job) {
  const std::string md5 = espota::md5_hex(job.image);
  messages.result(fmt::format(
      "{}: {} bytes for the field '{}', MD5 {}", path, job.image.size(), job.options.field, md5));
  nlohmann::json rows = nlohmann::json::array();
  for (const http::PushTarget& target : job.targets) {
    messages.result(fmt::format("{}: POST to {}{}",
                                target.name,
                                target.url.text(),
                                target.login ? ", as " + target.login->user : ""));
    rows.push_back({{"target", target.name},
                    {"url", target.url.text()},
                    {"user", target.login ? nlohmann::json(target.login->user) : nullptr}});
  }
  messages.json_document({{"schema", 1},
                          {"file", path},
                          {"size", job.image.size()},
                          {"md5", md5},
                          {"field", job.options.field},
                          {"plan", rows}});
  return 0;
}

Result<int> run_push(Invocation& invocation) {
  TRY_VOID(check_argument_order(invocation));
  TRY(http::PushOptions options, read_push_options(invocation));
  TRY(std::vector<http::PushTarget> targets, read_push_targets(invocation));
  TRY(const app::ReleaseOptions release, release_options(invocation));
  const std::string& path = invocation.arguments().front();
  TRY(app::ExaminedFile read, app::examine_file(path));
  TRY(const app::ExaminedFile file, prepare_upload_image(invocation, std::move(read), release));
  TRY(const auto problems, check_image(invocation, file, release));
  if (!problems.empty()) {
    return report_problems(invocation.messages(), path, problems);
  }
  if (const auto warning = image_warning(path, file, release.filesystem); !warning.empty()) {
    invocation.messages().warning(warning);
  }
  PushJob job{file.bytes, std::move(targets), std::move(options)};
  if (invocation.flag("dry-run")) {
    return print_plan(invocation.messages(), path, job);
  }
  TRY_VOID(locate_push_targets(invocation, job.targets));
  return transfer(invocation.messages(), job);
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
