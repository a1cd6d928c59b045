// What to do next when an image was not signed: hints that know more than the code of the error.
#pragma once

#include "otatool/result.hpp"

namespace otatool::cli {

class Messages;

/// Reports `error` with a hint for those who sign and returns its exit code; an error that needs no
/// other hint than usual is handed back.
[[nodiscard]] Result<int> signing_failure(Messages& messages, const Error& error);

}  // namespace otatool::cli
