// Known answers of the C library and of firmware/core, computed on the chip.
#pragma once

namespace otatool::hello {

struct Check {
  const char* name;
  bool (*passes)();
};

extern const Check kChecks[9];

}  // namespace otatool::hello
