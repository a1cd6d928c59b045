#include "files/core_dumps.hpp"

#include <sys/prctl.h>

namespace otatool::files {

void forbid_core_dumps() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace otatool::files
