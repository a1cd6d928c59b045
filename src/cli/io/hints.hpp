// Hints: what to do after an error. Only hints name options and commands.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "otatool/error.hpp"

namespace otatool::cli {

/// An error with a more specific hint than hint_for() its code.
struct HintedError {
  Error error;
  std::string hint;
};

/// The hint for a code: one line, lower case, no full stop; empty if there is none.
[[nodiscard]] std::string_view hint_for(Errc code);

/// Names the help of this command after a usage error; `command` may be empty.
[[nodiscard]] std::string usage_hint(std::string_view command);
/// The hint for a certificate that is for other hosts.
[[nodiscard]] std::string_view renew_hint();
/// "did you mean ...?"
[[nodiscard]] std::string did_you_mean(std::string_view nearest);

}  // namespace otatool::cli
