// Reads the options and the targets of a push to web forms.
#pragma once

#include <vector>

#include "otatool/http/push.hpp"
#include "otatool/result.hpp"

#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// Times, retries, jobs, form field and certificates. Usage; FileUnreadable for a certificate file.
[[nodiscard]] Result<http::PushOptions> read_push_options(Invocation& invocation);

/// The targets in the arguments after the image, with their logins: URLs, addresses, or names of
/// devices in the configuration. Usage; FileUnreadable for a password file.
[[nodiscard]] Result<std::vector<http::PushTarget>> read_push_targets(Invocation& invocation);

/// Finds the addresses of mDNS names (`kitchen.local`, `kitchen`). A name without an answer is left
/// to the system's resolver. Interrupted; the errors of the search options.
[[nodiscard]] Result<void> locate_push_targets(const Invocation& invocation,
                                               std::vector<http::PushTarget>& targets);

}  // namespace otatool::cli
