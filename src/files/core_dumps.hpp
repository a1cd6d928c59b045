// Keeps the memory of the process from other programs.
#pragma once

namespace otatool::files {

/// From now on the system writes no core dump of the process, and only root can read its memory and
/// most of /proc/PID (prctl(2), PR_SET_DUMPABLE). The process itself still can.
void forbid_core_dumps();

}  // namespace otatool::files
