// Hints for images that were not signed, more specific than those of the error's code.
#pragma once

#include "otatool/result.hpp"

namespace otatool::cli {

class Messages;

/// Prints `error` with a hint about signing and returns its exit code. Returns the error if the
/// usual hint is enough.
[[nodiscard]] Result<int> signing_failure(Messages& messages, const Error& error);

}  // namespace otatool::cli
