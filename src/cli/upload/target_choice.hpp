// Reads the options of the search for devices, and asks for confirmation of the devices found.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "otatool/result.hpp"

#include "app/devices/known_targets.hpp"
#include "cli/frame/command.hpp"
#include "cli/upload/upload_targets.hpp"

namespace otatool::cli {

class Messages;

inline constexpr Option kYesOption = {
    .name = "yes",
    .letter = 'y',
    .help = "do not ask for confirmation with --all, --match or --board"};

/// `invocation` must outlive the result. `--dry-run` queries no target. Usage for an invalid
/// option.
[[nodiscard]] Result<app::SearchOptions> search_options(const Invocation& invocation,
                                                        UploadTargets targets);

/// Prints a note for every target whose name none of the devices found has, if a similar name
/// exists.
void suggest_names(Messages& messages,
                   std::span<const app::KnownTarget> targets,
                   std::span<const mdns::Device> found);

/// A line for each target below the headings: name, address, kind, version and way, each as far as
/// discovery knows it.
[[nodiscard]] std::vector<std::string> target_table(std::span<const app::KnownTarget> targets,
                                                    std::size_t width);

/// Shows target_table() and asks for confirmation unless `yes`. ConfirmationNeeded if the answer is
/// no or there is no terminal.
[[nodiscard]] Result<void> confirm_targets(Messages& messages,
                                           const std::vector<app::KnownTarget>& targets,
                                           bool yes);

}  // namespace otatool::cli
