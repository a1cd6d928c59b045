// A new network namespace for the test process and its children: they neither see nor disturb the
// network of this computer. Linux only.
#pragma once

#include <optional>
#include <string>

#include "tests/support/process.hpp"

namespace otatool::test {

/// Moves the process, which must have one thread, into a new network namespace with only loopback,
/// which is up. Returns the reason if that is not permitted; the test then skips with it.
[[nodiscard]] std::optional<std::string> enter_own_network();

/// The same, with a new empty /run for avahi-daemon; requires root.
[[nodiscard]] std::optional<std::string> enter_own_system();

/// Runs an sh script in the namespace with `ip` and `nft` in its path; it ends at the first error.
[[nodiscard]] Outcome run_there(const std::string& script);

/// Whether a command of ip, nft or nsenter failed because this computer does not permit it or its
/// kernel does not support it. Nothing else is a reason to skip a test.
[[nodiscard]] bool is_not_permitted(const Outcome& outcome);

}  // namespace otatool::test
