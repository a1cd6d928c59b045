// The options of a push to web forms, and the devices that it is for.
#pragma once

#include <vector>

#include "otatool/http/push.hpp"
#include "otatool/result.hpp"

#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// Timing, retries, jobs, field and trust. Usage, or FileUnreadable for a certificate file.
[[nodiscard]] Result<http::PushOptions> read_push_options(const Invocation& invocation);

/// Targets from the arguments behind the image: addresses, or names of devices in the
/// configuration; with their logins. Usage, or FileUnreadable for a password file.
[[nodiscard]] Result<std::vector<http::PushTarget>> read_push_targets(Invocation& invocation);

/// Finds targets that are named by multicast DNS (`kitchen.local`, `kitchen`). One that does not
/// answer is left to the system's resolver. Interrupted, or the errors of the search options.
[[nodiscard]] Result<void> locate_push_targets(const Invocation& invocation,
                                               std::vector<http::PushTarget>& targets);

}  // namespace otatool::cli
