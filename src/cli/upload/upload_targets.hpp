// Reads the targets of an upload from arguments, options and the configuration.
#pragma once

#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/mdns/device.hpp"
#include "otatool/result.hpp"

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

/// True if options choose devices by discovery; targets are then optional.
[[nodiscard]] bool chooses_targets(const Invocation& invocation);

struct UploadTargets {
  std::vector<espota::Target> named;
  espota::Target defaults;  ///< the options, for targets that discovery adds
};

/// The targets in the arguments after the image and in `--targets FILE`, with the configuration of
/// devices of that name, and with passwords. Fails with Usage, or with FileUnreadable for a list or
/// a password file. There may be none if chooses_targets().
[[nodiscard]] Result<UploadTargets> read_upload_targets(Invocation& invocation);

/// Applies the configuration for the name of a device that discovery found, else for its host.
/// FileUnreadable for a password file.
[[nodiscard]] Result<void> configure_chosen(const Invocation& invocation,
                                            const mdns::Device& device,
                                            espota::Target& target);

}  // namespace otatool::cli
