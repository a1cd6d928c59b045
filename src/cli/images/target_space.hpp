// The space on the device that an update is for, as the user describes it: its flash layout and the
// sketch that runs there now.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "otatool/image/layout.hpp"
#include "otatool/image/recognise.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"

namespace otatool::cli {

class Invocation;

inline constexpr Option kLayoutOption = {
    .name = "layout", .value = "NAME", .help = "flash layout of the device, such as 4m2m"};
inline constexpr Option kCurrentOption = {
    .name = "current",
    .value = "FILE|SIZE",
    .help = "the sketch that runs there now: its .bin file, or its size in bytes"};

struct TargetSpace {
  std::optional<image::Layout> layout;
  std::optional<std::uint64_t> current_size;  ///< bytes of the running sketch
};

/// What kLayoutOption and kCurrentOption say. Usage for an unknown layout; for a file that is no
/// sketch WrongKind, for one that cannot be read FileUnreadable.
[[nodiscard]] Result<TargetSpace> target_space(const Invocation& invocation);

/// Whether `examined`, sent as `file_size` bytes, fits; nothing without a layout. Without the
/// running sketch only what does not depend on it is judged.
[[nodiscard]] std::optional<image::Fit> fit_in(const TargetSpace& space,
                                               const image::Examined& examined,
                                               std::uint64_t file_size);

/// `{"available","current","staged","inflated","fits","reason"}`; what is not known is null.
[[nodiscard]] nlohmann::json fit_json(const TargetSpace& space, const image::Fit& fit);

}  // namespace otatool::cli
