// Questions at the terminal: for a secret, without echo, and for yes or no.
#pragma once

#include <string_view>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

namespace otatool::cli {

/// Writes `question` to stderr and reads one line of stdin with echo off. Both must be terminals.
/// The echo is restored in all cases. Fails with Interrupted after SIGINT, SIGTERM or SIGHUP, and
/// with PasswordNeeded at the end of input.
[[nodiscard]] Result<Secret> prompt_secret(std::string_view question);

/// The same with echo. True for `y` and `yes` in any case; false for everything else and at the end
/// of input.
[[nodiscard]] Result<bool> ask_yes_or_no(std::string_view question);

}  // namespace otatool::cli
