// What to do next after each error. Only here do hints name options and commands.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "otatool/error.hpp"

namespace otatool::cli {

/// An error with a hint that knows more than hint_for its code would.
struct HintedError {
  Error error;
  std::string hint;
};

/// The hint for a code: one line, lower case, no full stop; empty where there is nothing to advise.
[[nodiscard]] std::string_view hint_for(Errc code);

/// Where to read on after a usage error of this command; `command` may be empty.
[[nodiscard]] std::string usage_hint(std::string_view command);
/// How to send an image although this check refuses it.
[[nodiscard]] std::string override_hint(std::string_view check);
/// The same for several, of which the first one is the gravest; not empty.
[[nodiscard]] std::string override_hint(std::span<const std::string_view> checks);
/// What to do about a certificate that is for other hosts.
[[nodiscard]] std::string_view renew_hint();
/// "did you mean ...?"
[[nodiscard]] std::string did_you_mean(std::string_view nearest);

}  // namespace otatool::cli
