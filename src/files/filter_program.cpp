#include "files/filter_program.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "files/descriptor.hpp"
#include "files/parallel.hpp"
#include "files/standard_streams.hpp"

namespace otatool::files {
namespace {

/// Blocks the signals that end a filter and the one of its exit; they arrive at a descriptor.
class FilterSignals {
 public:
  FilterSignals() : signals_(ending_signals()), descriptor_(-1) {
    sigaddset(&signals_, SIGCHLD);
    // If the caller of this process ignores SIGCHLD, an exit sends no signal and leaves no status.
    struct sigaction usual = {};
    usual.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &usual, &child_action_before_);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    descriptor_ = Descriptor(signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  FilterSignals(const FilterSignals&) = delete;
  FilterSignals& operator=(const FilterSignals&) = delete;
  ~FilterSignals() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    sigaction(SIGCHLD, &child_action_before_, nullptr);
  }

  [[nodiscard]] int descriptor() const { return descriptor_.number(); }
  [[nodiscard]] const sigset_t& before() const { return before_; }

  /// Takes all signals that have arrived; true if one of them ends the filter.
  [[nodiscard]] bool interrupted() const {
    signalfd_siginfo arrived{};
    bool ends = false;
    while (read(descriptor_.number(), &arrived, sizeof arrived) ==
           static_cast<ssize_t>(sizeof arrived)) {
      ends = ends || arrived.ssi_signo != static_cast<std::uint32_t>(SIGCHLD);
    }
    return ends;
  }

 private:
  sigset_t signals_;
  sigset_t before_ = {};
  struct sigaction child_action_before_ = {};
  Descriptor descriptor_;
};

/// A running child. The destructor ends it: first politely, after a second by SIGKILL.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (reap()) {
      return;
    }
    kill(id_, SIGTERM);
    sigset_t exits{};
    sigemptyset(&exits);
    sigaddset(&exits, SIGCHLD);
    const timespec patience{.tv_sec = 1, .tv_nsec = 0};
    static_cast<void>(sigtimedwait(&exits, nullptr, &patience));
    if (!reap()) {
      kill(id_, SIGKILL);
      while (waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }

  /// True once the child has ended.
  bool reap() {
    int status = 0;
    if (!status_ && waitpid(id_, &status, WNOHANG) == id_) {
      status_ = status;
    }
    return status_.has_value();
  }
  /// The status of waitpid. Only after reap() was true.
  [[nodiscard]] int status() const { return *status_; }

 private:
  pid_t id_;
  std::optional<int> status_;
};

struct Pipe {
  Descriptor output;
  Descriptor input;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::nullopt;
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

tl::unexpected<Error> cannot_start(int error_number) {
  return fail(Errc::SignerFailed,
              fmt::format("cannot start the signer: {}", system_message(error_number)));
}

/// Starts `/bin/sh -c command`. The child gets the signals as they were before, and SIGPIPE ends
/// it. An errno value, or 0.
int spawn_shell(
    std::string command, int input, int output, const FilterSignals& signals, pid_t& child) {
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t defaults{};
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setsigmask(&attributes, &signals.before());
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::array<std::string, 2> words = {"sh", "-c"};
  const std::array<char*, 4> arguments = {
      words[0].data(), words[1].data(), command.data(), nullptr};
  const int error =
      posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/// Reads what is there. False at the end of the output.
bool read_some(int descriptor, std::vector<std::uint8_t>& output) {
  std::array<std::uint8_t, 4096> buffer{};
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count > 0) {
    output.insert(output.end(), buffer.begin(), buffer.begin() + count);
  }
  return count > 0 || (count < 0 && errno == EINTR);
}

/// Reads the output until its end and the end of the child.
Result<std::vector<std::uint8_t>> collect(Child& child,
                                          Descriptor from,
                                          const FilterSignals& signals,
                                          std::size_t longest) {
  std::vector<std::uint8_t> output;
  bool open = true;
  while (open || !child.reap()) {
    // poll ignores a negative descriptor: after the end of the output only signals count.
    std::array<pollfd, 2> waits = {
        {{.fd = signals.descriptor(), .events = POLLIN, .revents = 0},
         {.fd = open ? from.number() : -1, .events = POLLIN, .revents = 0}}};
    if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
      return cannot_start(errno);
    }
    if (signals.interrupted()) {
      return fail(Errc::Interrupted, "interrupted while the signer ran");
    }
    open = open && (waits[1].revents == 0 || read_some(from.number(), output));
    if (output.size() > longest) {
      return fail(
          Errc::SignerFailed,
          fmt::format("the signer wrote more than {} bytes, which no signature has", longest));
    }
  }
  return output;
}

Result<void> check_end(int status) {
  if (WIFSIGNALED(status)) {
    return fail(Errc::SignerFailed,
                fmt::format("the signer was ended by signal {}", WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) {
    return fail(Errc::SignerFailed,
                fmt::format("the signer failed with exit code {}", WEXITSTATUS(status)));
  }
  return {};
}

}  // namespace

Result<std::vector<std::uint8_t>> run_filter(const std::string& command,
                                             Bytes input,
                                             std::size_t longest_output) {
  auto to_child = make_pipe();
  auto from_child = make_pipe();
  if (!to_child || !from_child || input.size() > kLongestFilterInput) {
    return cannot_start(to_child && from_child ? E2BIG : errno);
  }
  if (const int error = write_all(to_child->input.number(), as_text(input)); error != 0) {
    return cannot_start(error);
  }
  const FilterSignals signals;
  pid_t id = 0;
  const int error =
      spawn_shell(command, to_child->output.number(), from_child->input.number(), signals, id);
  if (error != 0) {
    return cannot_start(error);
  }
  Child child(id);
  static_cast<void>(to_child->input.close_now());
  static_cast<void>(from_child->input.close_now());
  TRY(auto output, collect(child, std::move(from_child->output), signals, longest_output));
  TRY_VOID(check_end(child.status()));
  if (output.empty()) {
    return fail(Errc::SignerFailed, "the signer wrote no signature");
  }
  return output;
}

}  // namespace otatool::files
