// A network of a test's own: a fresh namespace for the whole test process and what it starts, so
// that nothing of this computer's network is seen or disturbed. Linux only.
#pragma once

#include <optional>
#include <string>

namespace otatool::test {

/// Moves the process, which must have one thread, into a new network namespace with only loopback,
/// up. Returns the reason where that is not permitted: a test then skips with it.
[[nodiscard]] std::optional<std::string> enter_own_network();

/// The same, with an empty /run of its own, as avahi-daemon wants it; needs true root.
[[nodiscard]] std::optional<std::string> enter_own_system();

}  // namespace otatool::test
