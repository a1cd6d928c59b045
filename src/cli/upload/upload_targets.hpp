// Reads the targets of an upload or push from arguments, options and the configuration.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "otatool/result.hpp"

#include "app/devices/known_targets.hpp"
#include "app/transports/way.hpp"
#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

inline constexpr Option kAllOption = {.name = "all",
                                      .help = "upload to every device that answers by mDNS"};
inline constexpr Option kMatchOption = {
    .name = "match",
    .value = "GLOB",
    .help = "only devices whose name matches GLOB, such as 'kitchen-*'",
    .repeatable = true};
inline constexpr Option kBoardOption = {.name = "board",
                                        .value = "GLOB",
                                        .help = "only devices whose board name matches GLOB",
                                        .repeatable = true};

inline constexpr Option kViaOption = {
    .name = "via",
    .value = "espota|esphome|form|FAMILY",
    .help =
        "how the devices take the image; a FAMILY of forms is, for example, tasmota (default: as "
        "they announce)"};
inline constexpr Option kEncryptionKeyFileOption = {
    .name = "encryption-key-file",
    .value = "FILE",
    .help = "the key of an ESPHome device, in base64; only encrypted updates"};
inline constexpr Option kRetryFailedOption = {
    .name = "retry-failed",
    .value = "REPORT",
    .help = "only targets that failed in an earlier run; REPORT is its --json output"};

/// True if options choose devices by discovery; targets are then optional.
[[nodiscard]] bool chooses_targets(const Invocation& invocation);

/// Names of targets that need no upload.
using DoneTargets = std::set<std::string, std::less<>>;

struct UploadTargets {
  std::vector<app::KnownTarget> named;
  app::KnownTarget defaults;  ///< the options, for targets that discovery adds
  DoneTargets done;           ///< by the report of an earlier run; none of them is in `named`
};

/// The targets in the arguments after the image and in `--targets FILE`, else those that failed in
/// the report of `--retry-failed`, all without those that succeeded in this report, with the
/// configuration of devices of that name, and with passwords. A target without a scheme takes the
/// way `via`; with Via::Form it may be a URL without its scheme. Warns of a password in a URL.
/// Fails with Usage, or with FileUnreadable for a list or a password file. There may be none if
/// chooses_targets(), or if all succeeded.
[[nodiscard]] Result<UploadTargets> read_upload_targets(Invocation& invocation, app::Via via);

}  // namespace otatool::cli
