// A process that a test stops for a while, so that it finds several events at once.
#pragma once

#include <csignal>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "tests/support/process.hpp"

namespace otatool::test {

/// Stops a process for the lifetime of this object.
class Stopped {
 public:
  explicit Stopped(Process& process) : process_(process) {
    process.send_signal(SIGSTOP);
    siginfo_t info{};
    EXPECT_EQ(waitid(P_PID, static_cast<id_t>(process.pid()), &info, WSTOPPED), 0);
  }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  ~Stopped() { process_.send_signal(SIGCONT); }

 private:
  Process& process_;
};

}  // namespace otatool::test
