#include "files/parallel.hpp"

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace otatool::files {
namespace {

TEST(RunInParallel, CallsEachNumberOnce) {
  for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
    std::vector<std::atomic<int>> calls(count);
    run_in_parallel(count, [&](std::size_t i) { ++calls[i]; });
    for (const auto& each : calls) {
      EXPECT_EQ(each, 1);
    }
  }
}

TEST(RunInParallel, UsesEveryProcessor) {
  const unsigned processors = std::thread::hardware_concurrency();
  std::atomic<unsigned> arrived = 0;
  // Each call waits for all others, so that fewer threads would never return.
  run_in_parallel(processors, [&](std::size_t) {
    ++arrived;
    while (arrived < processors) {
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(arrived, processors);
}

TEST(RunInParallel, ThrowsTheExceptionOfACallAndStops) {
  std::atomic<int> calls = 0;
  EXPECT_THROW(run_in_parallel(1'000'000,
                               [&](std::size_t) {
                                 ++calls;
                                 throw std::runtime_error("no");
                               }),
               std::runtime_error);
  EXPECT_LE(calls, static_cast<int>(2 * std::thread::hardware_concurrency()));
}

/// How a child process ends that calls `run_in_parallel` and gets SIGTERM in its fifth call.
int status_of_child(bool ignores) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGTERM, ignores ? SIG_IGN : SIG_DFL);
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
    run_in_parallel(10'000, [&](std::size_t) {
      if (++begun == 5) {
        kill(getpid(), SIGTERM);
      }
      ++ended;
    });
    _exit(ended == begun && ended == 10'000 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(RunInParallel, ASignalEndsTheProcessBetweenCalls) {
  const int status = status_of_child(false);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  const int ignoring = status_of_child(true);
  ASSERT_TRUE(WIFEXITED(ignoring));
  EXPECT_EQ(WEXITSTATUS(ignoring), 0);
}

}  // namespace
}  // namespace otatool::files
