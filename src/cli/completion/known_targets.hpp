// The devices that completion offers as targets.
#pragma once

#include <string>
#include <vector>

namespace otatool::cli {

/// The names of the devices of otatool.toml and of those that answer to mDNS within 0.3 s, sorted.
/// A file that cannot be read or a missing network gives fewer names, not an error.
[[nodiscard]] std::vector<std::string> known_targets();

}  // namespace otatool::cli
