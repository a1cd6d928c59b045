// One run of the program, from argv to the exit code.
#pragma once

#include <span>

namespace otatool::cli {

/// Parses the command line, runs the command, prints its error and flushes stdout. `argv` includes
/// argv[0]; a password in it is overwritten. Returns an exit code of cli.md.
int run(std::span<char* const> argv);

}  // namespace otatool::cli
