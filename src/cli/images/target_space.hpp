// The options that describe the space on the device: its flash layout and its running sketch.
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
    .help = "the running sketch: its .bin file or its size in bytes"};

/// The values of kLayoutOption and kCurrentOption. Usage for an unknown layout, WrongKind for a
/// file that is not a sketch, FileUnreadable for an unreadable file.
[[nodiscard]] Result<app::TargetSpace> target_space(const Invocation& invocation);

/// `{"available","current","staged","inflated","fits","reason"}`; an unknown value is null.
[[nodiscard]] nlohmann::json fit_json(const app::TargetSpace& space, const image::Fit& fit);

}  // namespace otatool::cli
