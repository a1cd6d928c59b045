// Runs a command of the user as a filter: a few bytes in, its output back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::files {

/// The longest input of a filter: what a pipe takes before anybody reads it.
inline constexpr std::size_t kLongestFilterInput = 4096;

/// Runs `command` by /bin/sh with `input` as its stdin, and returns its stdout. Its stderr and its
/// environment are those of this process. Waits without a time limit; SIGINT, SIGTERM, SIGHUP
/// and SIGQUIT end the command, and the result is Interrupted. SignerFailed: it cannot start, its
/// exit code is not 0, a signal ended it, or it wrote nothing or more than `longest_output` bytes.
[[nodiscard]] Result<std::vector<std::uint8_t>> run_filter(const std::string& command,
                                                           Bytes input,
                                                           std::size_t longest_output);

}  // namespace otatool::files
