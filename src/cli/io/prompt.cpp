#include "cli/io/prompt.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <poll.h>
#include <string>
#include <termios.h>
#include <unistd.h>

#include "otatool/ascii.hpp"

#include "cli/io/printable.hpp"
#include "files/standard_streams.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kCaught = {SIGINT, SIGTERM, SIGHUP};
constexpr std::size_t kLongestAnswer = 4096;

void ignore_signal(int /*signal*/) {}  // makes ppoll return EINTR

/// Blocks the signals that end the prompt except while the prompt waits, so that none is lost. A
/// stop (Ctrl-Z) stays blocked: it would leave the shell without echo.
class QuestionSignals {
 public:
  QuestionSignals() {
    sigset_t held = {};
    sigemptyset(&held);
    sigaddset(&held, SIGTSTP);
    struct sigaction action = {};
    action.sa_handler = ignore_signal;
    for (std::size_t i = 0; i < kCaught.size(); ++i) {
      sigaddset(&held, kCaught[i]);
      sigaction(kCaught[i], &action, &actions_[i]);
    }
    pthread_sigmask(SIG_BLOCK, &held, &mask_);
    waiting_mask_ = mask_;
    sigaddset(&waiting_mask_, SIGTSTP);
    for (const int signal : kCaught) {
      sigdelset(&waiting_mask_, signal);
    }
  }
  QuestionSignals(const QuestionSignals&) = delete;
  QuestionSignals& operator=(const QuestionSignals&) = delete;
  ~QuestionSignals() {
    // A second Ctrl-C that is still pending runs our handler, not the default one.
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    for (std::size_t i = 0; i < kCaught.size(); ++i) {
      sigaction(kCaught[i], &actions_[i], nullptr);
    }
  }

  /// True if input arrived, false after a signal.
  [[nodiscard]] bool wait_for_input() const {
    pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    return ppoll(&input, 1, nullptr, &waiting_mask_) > 0;
  }

 private:
  std::array<struct sigaction, kCaught.size()> actions_ = {};
  sigset_t mask_ = {};
  sigset_t waiting_mask_ = {};
};

class EchoOff {
 public:
  EchoOff() {
    valid_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (valid_) {
      termios silent = before_;
      silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (valid_) {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    // Echo was off, so the newline of the answer is missing on the screen.
    static_cast<void>(files::write_all(STDERR_FILENO, "\n"));
  }

 private:
  termios before_ = {};
  bool valid_ = false;
};

}  // namespace

Result<Secret> prompt_secret(std::string_view question) {
  const QuestionSignals signals;
  const EchoOff echo_off;
  if (files::write_all(STDERR_FILENO, printable(question)) != 0 || !signals.wait_for_input()) {
    return fail(Errc::Interrupted, "interrupted at the password prompt");
  }
  std::string answer(kLongestAnswer, '\0');
  const ssize_t count = read(STDIN_FILENO, answer.data(), answer.size());
  if (count <= 0) {
    return fail(Errc::PasswordNeeded, "no password was entered at the prompt");
  }
  answer.resize(static_cast<std::size_t>(count));
  while (answer.ends_with('\n') || answer.ends_with('\r')) {
    answer.pop_back();
  }
  return Secret(std::move(answer));
}

Result<bool> ask_yes_or_no(std::string_view question) {
  const QuestionSignals signals;
  if (files::write_all(STDERR_FILENO, printable(question)) != 0 || !signals.wait_for_input()) {
    return fail(Errc::Interrupted, "interrupted at the prompt");
  }
  std::array<char, 16> answer{};
  const ssize_t count = read(STDIN_FILENO, answer.data(), answer.size());
  const std::string_view line(answer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  const std::string word = lower_case(line.substr(0, line.find_first_of("\r\n")));
  return word == "y" || word == "yes";
}

}  // namespace otatool::cli
