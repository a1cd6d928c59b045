// Serves Arduino's pluggable discovery on stdin and stdout, for `discover --pluggable` and
// `mdns-discovery`.
#pragma once

#include "otatool/mdns/browse.hpp"
#include "otatool/result.hpp"

namespace otatool::cli {

class Messages;

/// Serves a client until QUIT or the end of stdin. Returns the exit code. Searches for
/// `_arduino._tcp` unless `options` names other types than the defaults.
[[nodiscard]] Result<int> run_pluggable(Messages& messages, mdns::BrowseOptions options);

}  // namespace otatool::cli
