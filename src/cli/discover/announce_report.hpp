// Reports the announcement of a service by mDNS.
#pragma once

#include "otatool/announce/announcement.hpp"
#include "otatool/error.hpp"

#include "cli/io/messages.hpp"

namespace otatool::cli {

/// A note, and an `announced` event.
void report_announced(Messages& messages, const announce::Announced& announced);
/// A warning, and an `announced` event without a name. The command continues.
void report_not_announced(Messages& messages, const Error& error);

}  // namespace otatool::cli
