// What to do about the failure of a device that fetches its updates.
#pragma once

#include <string>

#include "otatool/error.hpp"

namespace otatool::cli {

/// One line, lower case, no full stop; empty where there is nothing to advise.
[[nodiscard]] std::string pull_hint(const Error& error);

}  // namespace otatool::cli
