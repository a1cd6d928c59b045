// Output files that build systems watch: a file with unchanged content keeps its time stamp, so
// that nothing is rebuilt.
#pragma once

#include "otatool/result.hpp"

#include "files/output_file.hpp"

namespace otatool::files {

/// As write_file, but does not touch a file that already has this content. True if it was written.
[[nodiscard]] Result<bool> write_unless_unchanged(const OutputFile& file);

}  // namespace otatool::files
