// The events of several servers about one device, merged in the order in which a database takes
// them. No clock and no IO.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "otatool/fleet/device.hpp"

namespace otatool::fleet {

/// Whether a device that reports this version and MD5 (of its sketch, lower-case hex) runs `image`.
using RunsImage = std::function<Runs(
    Slot slot, const std::string& version, const std::string& md5, const Image& image)>;

/// Changes the device as stored by an event that another server may have seen earlier or later than
/// the last one. An event more than two seconds before Device::seen only adds what it proves: an
/// offer, a download, a confirmation. A Device::seen after `now`, the time of the database, proves
/// no order: the clock was set back, or is that of another computer. Returns what to keep.
/// `event.runs` is found again, from the stored image.
[[nodiscard]] std::vector<History> merge(Device& stored,
                                         Event event,
                                         const RunsImage& runs,
                                         std::int64_t now);

}  // namespace otatool::fleet
