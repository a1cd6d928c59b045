// A network of a test's own: a fresh namespace for the whole test process and what it starts, so
// that nothing of this computer's network is seen or disturbed. Linux only.
#pragma once

#include <optional>
#include <string>

#include "tests/support/process.hpp"

namespace otatool::test {

/// Moves the process, which must have one thread, into a new network namespace with only loopback,
/// up. Returns the reason where that is not permitted: a test then skips with it.
[[nodiscard]] std::optional<std::string> enter_own_network();

/// The same, with an empty /run of its own, as avahi-daemon wants it; needs true root.
[[nodiscard]] std::optional<std::string> enter_own_system();

/// Runs a script of sh in there, with `ip` and `nft` in its path; it ends at its first error.
[[nodiscard]] Outcome run_there(const std::string& script);

/// Whether a command of ip, nft or nsenter failed since this computer does not permit it or its
/// kernel lacks what it needs. Nothing else is a reason to skip a test.
[[nodiscard]] bool is_not_permitted(const Outcome& outcome);

}  // namespace otatool::test
