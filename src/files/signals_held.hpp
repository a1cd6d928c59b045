// Holds signals while temporary files exist, so that no temporary file stays behind.
#pragma once

#include <csignal>

namespace otatool::files {

/// Blocks the signals that end the process, in this thread, until the destructor; they arrive then.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held = {};
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) {
      sigaddset(&held, signal);
    }
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_ = {};
};

}  // namespace otatool::files
