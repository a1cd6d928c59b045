// The devices that an upload is for.
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

/// True if options choose devices by discovery, so that no target need be named.
[[nodiscard]] bool chooses_targets(const Invocation& invocation);

struct UploadTargets {
  std::vector<espota::Target> named;
  espota::Target defaults;  ///< what options say of targets that are not named
};

/// Targets from the arguments behind the image and from `--targets FILE`, with what the
/// configuration says of devices of that name, and with their passwords. Fails with Usage, or with
/// FileUnreadable for a list or a password file. There may be none if devices are chosen by
/// discovery.
[[nodiscard]] Result<UploadTargets> read_upload_targets(Invocation& invocation);

/// What the configuration says of a device that discovery found: of its name, or else of its host.
/// FileUnreadable for its password file.
[[nodiscard]] Result<void> configure_chosen(const Invocation& invocation,
                                            const mdns::Device& device,
                                            espota::Target& target);

}  // namespace otatool::cli
