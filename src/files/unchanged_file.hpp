// Output that build systems watch: a file whose content would stay the same keeps its time stamp,
// so that nothing is compiled anew.
#pragma once

#include "otatool/result.hpp"

#include "files/output_file.hpp"

namespace otatool::files {

/// As write_file, but leaves a file alone that has this content already. True if it was written.
[[nodiscard]] Result<bool> write_unless_unchanged(const OutputFile& file);

}  // namespace otatool::files
