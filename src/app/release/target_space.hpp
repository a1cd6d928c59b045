// The space on the device that an update is for: its flash layout and the sketch that it runs now.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "otatool/error.hpp"
#include "otatool/image/layout.hpp"
#include "otatool/image/recognise.hpp"

namespace otatool::app {

struct TargetSpace {
  std::optional<image::Layout> layout;
  std::optional<std::uint64_t> current_size;      ///< bytes of the running sketch
  std::vector<image::Partition> partitions = {};  ///< of an ESP32; empty: unknown
};

/// Checks whether `examined`, sent as `file_size` bytes, fits; nothing without a layout. The checks
/// that need the size of the running sketch are left out if that size is unknown. `filesystem`: the
/// file is a filesystem, even if it is not recognised as one.
[[nodiscard]] std::optional<image::Fit> fit_in(const TargetSpace& space,
                                               const image::Examined& examined,
                                               std::uint64_t file_size,
                                               bool filesystem = false);

/// Why a file of `file_size` bytes does not fit into the partitions of an ESP32, as an app or as a
/// filesystem; nothing if it fits or the partitions are unknown.
[[nodiscard]] std::optional<Error> partition_error(const TargetSpace& space,
                                                   std::uint64_t file_size,
                                                   bool filesystem);

}  // namespace otatool::app
