// Questions at the terminal: one whose answer is not shown, and one of yes or no.
#pragma once

#include <string_view>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

namespace otatool::cli {

/// Writes `question` to stderr and reads one line of stdin with echo off. Both must be terminals.
/// However it ends, echo is as it was; SIGINT, SIGTERM and SIGHUP make it Interrupted, end of input
/// makes it PasswordNeeded.
[[nodiscard]] Result<Secret> prompt_secret(std::string_view question);

/// The same with echo; `y` and `yes` in any case are a yes, everything else and the end of input a
/// no.
[[nodiscard]] Result<bool> ask_yes_or_no(std::string_view question);

}  // namespace otatool::cli
