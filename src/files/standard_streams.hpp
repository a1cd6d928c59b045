// Prepares the file descriptors 0, 1 and 2.
#pragma once

#include <string>
#include <string_view>

namespace otatool::files {

/// Opens /dev/null for each closed descriptor from 0 to 2, so that no socket or file gets such a
/// number; reading stdin or writing output then fails. Ignores SIGPIPE: a closed pipe is a failed
/// write.
void secure_standard_streams();

/// Writes all of `bytes`, with several calls if necessary; returns 0 or an errno value.
[[nodiscard]] int write_all(int descriptor, std::string_view bytes);

/// The system's text for an errno value, in lower case.
[[nodiscard]] std::string system_message(int error_number);

}  // namespace otatool::files
