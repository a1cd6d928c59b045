// File descriptors 0, 1 and 2 as the rest of the program may rely on them.
#pragma once

#include <string>
#include <string_view>

namespace otatool::files {

/// Fills gaps that the caller left in descriptors 0 to 2, so that no socket or file takes such a
/// number; using a filled one fails. Ignores SIGPIPE: a closed pipe is a failed write.
void secure_standard_streams();

/// Writes all of `bytes`, however many calls that takes; returns 0 or the errno that stopped it.
[[nodiscard]] int write_all(int descriptor, std::string_view bytes);

/// The words for an errno value, lower-case as in all messages.
[[nodiscard]] std::string system_message(int error_number);

}  // namespace otatool::files
