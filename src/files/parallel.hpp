// Independent pieces of work in several threads.
#pragma once

#include <csignal>
#include <cstddef>
#include <functional>

namespace otatool::files {

/// SIGINT, SIGTERM, SIGHUP and SIGQUIT, without those that this process ignores.
[[nodiscard]] sigset_t ending_signals();

/// Calls `work` once for each number below `count`, in two threads for each processor, because work
/// on files waits for the disk, and returns when all calls have returned. A signal of
/// ending_signals waits until the calls that run have returned; it stops further calls and then
/// ends the process. Throws the first exception of `work`.
void run_in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace otatool::files
