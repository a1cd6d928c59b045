#include <array>
#include <chrono>
#include <fmt/format.h>

#include "cli/command_table.hpp"
#include "cli/invocation.hpp"
#include "cli/messages.hpp"
#include "cli/secrets.hpp"
#include "cli/signing_keys.hpp"
#include "cli/terminal.hpp"
#include "cli/upload_image.hpp"
#include "cli/upload_options.hpp"
#include "cli/upload_plan.hpp"
#include "cli/upload_reporter.hpp"
#include "cli/upload_targets.hpp"

namespace otatool::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array kExamples = {
    Example{"otatool upload firmware.bin 192.168.1.7", "to one device, whichever chip it has"},
    Example{"otatool upload firmware.bin kitchen.lan --password-file ota.pw", "with its password"},
    Example{"otatool upload firmware.bin --targets devices.txt --jobs 4",
            "to many, four at a time"},
    Example{"otatool upload littlefs.bin 192.168.1.7 --fs", "a filesystem image"},
    Example{"otatool upload firmware.bin 192.168.1.7 --wait 600", "to a device that sleeps now"},
};

constexpr std::array kOptions = {
    Option{.name = "fs", .help = "IMAGE is a filesystem image"},
    Option{.name = "chip",
           .value = "auto|esp8266|esp32",
           .help = "which chip, and so which default port; auto tries both"},
    Option{.name = "port", .value = "N", .help = "UDP port of the device (8266 or 3232)"},
    Option{.name = "targets", .value = "FILE", .help = "read targets from FILE, one a line"},
    kGzipOption,
    kSignOption,
    kPassphraseFileOption,
    kAssumeVerifierOption,
    kAtomicFsOption,
    kLayoutOption,
    kCurrentOption,
    kForceOption,
    Option{.name = "password-file",
           .value = "FILE",
           .help = "read the password from the first line of FILE (-: stdin)"},
    Option{.name = "password",
           .value = "TEXT",
           .help = "the password itself; visible in the process list"},
    Option{.name = "password-hash",
           .value = "HEX",
           .help = "the MD5 or SHA-256 of the password instead of it"},
    Option{.name = "auth-hash",
           .value = "auto|sha256|md5",
           .help = "which hash of its password a new ESP32 core stores"},
    Option{.name = "require-sha256", .help = "refuse to answer MD5 challenges"},
    Option{.name = "bind", .value = "ADDR", .help = "local address (default: by the route)"},
    Option{.name = "host-port",
           .value = "N|A-B",
           .help = "local TCP port for the device's connection (default: any)"},
    Option{.name = "any-peer", .help = "accept the connection from any address"},
    Option{
        .name = "timeout", .value = "S", .help = "seconds to wait for the device's answers (30)"},
    Option{.name = "stall-timeout",
           .value = "S",
           .help = "seconds without a byte that end a transfer (60)"},
    Option{.name = "wait", .value = "S", .help = "keep inviting up to S seconds until it appears"},
    Option{.name = "retries", .value = "N", .help = "further attempts after a broken transfer (2)"},
    Option{.name = "lockstep", .help = "wait for a reply after every chunk, as espota.py does"},
    Option{.name = "jobs", .letter = 'j', .value = "N", .help = "targets under way at once (4)"},
    Option{.name = "dry-run", .help = "resolve, check and print the plan; send nothing"},
};

/// The reports of those whose password is still to be asked for, by index.
std::vector<std::size_t> in_need_of_password(std::span<const espota::TargetReport> reports,
                                             const UploadReporter& reporter) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (reporter.is_held_back(reports[i])) {
      indices.push_back(i);
    }
  }
  return indices;
}

struct Job {
  Bytes image;
  std::vector<espota::Target> targets;
  espota::UploadOptions options;
};

/// Asks once for the password of all devices that want one, and uploads to them again.
Result<void> upload_after_question(Messages& messages,
                                   const Job& job,
                                   std::span<const std::size_t> indices,
                                   std::vector<espota::TargetReport>& reports) {
  const std::string whose = indices.size() == 1 ? job.targets[indices.front()].name
                                                : fmt::format("{} devices", indices.size());
  const Result<Secret> password = ask_password(whose);
  if (!password) {
    return fail(password.error());
  }
  std::vector<espota::Target> again;
  for (const std::size_t index : indices) {
    again.push_back(job.targets[index]);
    again.back().credentials.password = *password;
  }
  UploadReporter reporter(messages, again, job.image.size(), false);
  const auto results = espota::upload_all(job.image, again, job.options, reporter);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    reports[indices[i]] = results[i];
  }
  return {};
}

Result<int> upload(Messages& messages, const Job& job) {
  const Clock::time_point begin = Clock::now();
  UploadReporter reporter(messages, job.targets, job.image.size(), may_prompt());
  auto reports = espota::upload_all(job.image, job.targets, job.options, reporter);
  const std::vector<std::size_t> asked = in_need_of_password(reports, reporter);
  if (!asked.empty()) {
    if (const auto done = upload_after_question(messages, job, asked, reports); !done) {
      return fail(done.error());
    }
  }
  const std::chrono::duration<double> elapsed = Clock::now() - begin;
  return reporter.summarize(reports, elapsed.count());
}

Result<int> run(Invocation& invocation) {
  Result<espota::UploadOptions> options = read_upload_options(invocation);
  if (!options) {
    return fail(options.error());
  }
  Result<std::vector<espota::Target>> targets = read_upload_targets(invocation);
  if (!targets) {
    return fail(targets.error());
  }
  const auto wishes = upload_wishes(invocation);
  if (!wishes) {
    return fail(wishes.error());
  }
  const std::string& path = invocation.arguments().front();
  const auto file = prepare_upload_image(invocation, path, *wishes);
  if (!file) {
    return fail(file.error());
  }
  choose_chips(*file, *targets);
  if (const auto refusals = refusals_of(*file, *wishes, *targets); !refusals.empty()) {
    return report_refusals(invocation.messages(), path, refusals);
  }
  if (invocation.flag("dry-run")) {
    return print_upload_plan(invocation.messages(), *targets, *options, path, file->bytes);
  }
  return upload(invocation.messages(), {file->bytes, std::move(*targets), std::move(*options)});
}

}  // namespace

const Command kUploadCommand{
    .name = "upload",
    .summary = "upload an image to one or many devices",
    .arguments = "IMAGE TARGET...",
    .examples = kExamples,
    .options = kOptions,
    .run = run,
    .min_arguments = 1,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
