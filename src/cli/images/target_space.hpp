// The space on the device that an update is for, as the user describes it: its flash layout and the
// sketch that runs there now.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "otatool/image/layout.hpp"
#include "otatool/result.hpp"

#include "app/release/target_space.hpp"
#include "cli/frame/command.hpp"

namespace otatool::cli {

class Invocation;

inline constexpr Option kLayoutOption = {
    .name = "layout", .value = "NAME", .help = "flash layout of the device, such as 4m2m"};
inline constexpr Option kCurrentOption = {
    .name = "current",
    .value = "FILE|SIZE",
    .help = "the sketch that runs there now: its .bin file, or its size in bytes"};

/// What kLayoutOption and kCurrentOption say. Usage for an unknown layout; for a file that is no
/// sketch WrongKind, for one that cannot be read FileUnreadable.
[[nodiscard]] Result<app::TargetSpace> target_space(const Invocation& invocation);

/// `{"available","current","staged","inflated","fits","reason"}`; what is not known is null.
[[nodiscard]] nlohmann::json fit_json(const app::TargetSpace& space, const image::Fit& fit);

}  // namespace otatool::cli
