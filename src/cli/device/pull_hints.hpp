// Hints for failures of a device that fetches its updates.
#pragma once

#include <string>

#include "otatool/error.hpp"

namespace otatool::cli {

/// One line, lower case, no full stop; may be empty.
[[nodiscard]] std::string pull_hint(const Error& error);

}  // namespace otatool::cli
