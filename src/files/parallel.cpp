#include "files/parallel.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace otatool::files {
namespace {

constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/// Blocks the signals in this thread and in the threads that it starts.
class SignalsBlocked {
 public:
  SignalsBlocked() { pthread_sigmask(SIG_BLOCK, &signals_, &before_); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  [[nodiscard]] bool one_waits() const {
    sigset_t waiting = {};
    sigpending(&waiting);
    return std::ranges::any_of(kEnding, [&](int signal) {
      return sigismember(&waiting, signal) == 1 && sigismember(&signals_, signal) == 1;
    });
  }

 private:
  sigset_t signals_ = ending_signals();
  sigset_t before_ = {};
};

}  // namespace

sigset_t ending_signals() {
  sigset_t signals = {};
  sigemptyset(&signals);
  for (const int signal : kEnding) {
    struct sigaction action = {};
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
      sigaddset(&signals, signal);
    }
  }
  return signals;
}

void run_in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  const SignalsBlocked signals;
  std::atomic<std::size_t> next = 0;
  std::mutex first_failure;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < count && !signals.one_waits(); i = next++) {
        work(i);
      }
    } catch (...) {
      next = count;
      const std::scoped_lock lock(first_failure);
      failure = failure ? failure : std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    // Threads that wait for the disk leave the processors to the others.
    const std::size_t most = std::size_t{2} * std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 1; i < std::min(most, count); ++i) {
      threads.emplace_back(run);
    }
    run();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

}  // namespace otatool::files
