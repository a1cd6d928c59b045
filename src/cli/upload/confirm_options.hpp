// Options about the versions that devices run: wait for the new one, skip those that have it.
#pragma once

#include <chrono>
#include <optional>

#include "otatool/delivery/deliver.hpp"
#include "otatool/result.hpp"

#include "app/examined_file.hpp"
#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

inline constexpr Option kConfirmOption = {
    .name = "confirm",
    .value = "S",
    .help =
        "after the verdict, wait up to S seconds until the device is back, and report what it "
        "runs (60; on a terminal the default)",
    .optional_value = true};
inline constexpr Option kNoConfirmOption = {.name = "no-confirm",
                                            .help = "end with the verdict of the device"};
inline constexpr Option kOnlyOutdatedOption = {
    .name = "only-outdated", .help = "skip devices that run the version of the image already"};
inline constexpr Option kImageVersionOption = {
    .name = "version",
    .value = "V",
    .help = "the version of the image (default: as the image states)"};

/// How long to wait for a device; nothing: do not wait. Usage for an invalid number, or for both
/// options from one source.
[[nodiscard]] Result<std::optional<std::chrono::milliseconds>> read_confirm(
    const Invocation& invocation);

/// Sets `only_outdated` and `image` of the pool. Usage if `--only-outdated` lacks a version.
/// `file` must outlive `pool`.
[[nodiscard]] Result<void> read_image_identity(const Invocation& invocation,
                                               const app::ExaminedFile& file,
                                               delivery::PoolOptions& pool);

}  // namespace otatool::cli
