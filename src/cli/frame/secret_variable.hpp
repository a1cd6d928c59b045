// Secrets in variables of the environment. They are overwritten in the environment block of this
// process, which /proc/PID/environ shows.
#pragma once

#include <optional>
#include <string>

#include "otatool/secret.hpp"

namespace otatool::cli {

/// The secret in a variable, which is then empty; nothing if it is empty already or does not exist.
[[nodiscard]] std::optional<Secret> take_variable(const std::string& name);

/// Overwrites the text of a variable; does nothing if it does not exist.
void overwrite_variable(const std::string& name);

}  // namespace otatool::cli
