// Arduino's pluggable discovery on stdin and stdout: `discover --pluggable`, and otatool called
// mdns-discovery.
#pragma once

#include "otatool/mdns/browse.hpp"
#include "otatool/result.hpp"

namespace otatool::cli {

class Messages;

/// Serves a client until QUIT or the end of stdin, and returns the exit code. Ports are of
/// `_arduino._tcp` unless `options` names other types than the default ones.
[[nodiscard]] Result<int> run_pluggable(Messages& messages, mdns::BrowseOptions options);

}  // namespace otatool::cli
