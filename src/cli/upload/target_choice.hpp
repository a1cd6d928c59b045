// The search for the devices of an upload, from the options of an invocation, and the question
// whether the devices found are the right ones.
#pragma once

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

/// `invocation` must outlive the result. With `--dry-run` no target is asked. Usage for a bad
/// option.
[[nodiscard]] Result<app::SearchOptions> search_options(const Invocation& invocation,
                                                        UploadTargets targets);

/// Lists the targets, and asks whether to go on unless `yes`. ConfirmationNeeded if the answer is
/// no, or if there is no terminal.
[[nodiscard]] Result<void> confirm_targets(Messages& messages,
                                           const std::vector<app::KnownTarget>& targets,
                                           bool yes);

}  // namespace otatool::cli
