#include "tests/support/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/pipes.hpp"
#include "tests/support/program_log.hpp"

namespace otatool::test {
namespace {

/// Prepared before the fork: the child may call only async-signal-safe functions.
class ChildImage {
 public:
  explicit ChildImage(const ProgramCall& call)
      : program_(call.program), folder_(call.folder), words_{call.argv0} {
    if (call.argv0.empty()) {
      words_.front() = call.program;
    }
    words_.insert(words_.end(), call.arguments.begin(), call.arguments.end());
    std::map<std::string, std::string> variables = {{"LC_ALL", "C.UTF-8"},
                                                    {"OTATOOL_STORE", "none"}};
    for (const char* name : {"PATH",
                             "HOME",
                             "ASAN_OPTIONS",
                             "LSAN_OPTIONS",
                             "TSAN_OPTIONS",
                             "UBSAN_OPTIONS",
                             "LLVM_PROFILE_FILE"}) {
      if (const char* value = std::getenv(name)) {
        variables[name] = value;
      }
    }
    for (const auto& [name, value] : call.environment) {
      variables[name] = value;
    }
    for (const auto& [name, value] : variables) {
      settings_.push_back(name + "=" + value);
    }
    for (std::string& word : words_) {
      argv_.push_back(word.data());
    }
    for (std::string& setting : settings_) {
      environment_.push_back(setting.data());
    }
    argv_.push_back(nullptr);
    environment_.push_back(nullptr);
  }

  [[noreturn]] void run() {
    // Undo what the test program may have set.
    signal(SIGPIPE, SIG_DFL);
    if (folder_.empty() || chdir(folder_.c_str()) == 0) {
      execve(program_.c_str(), argv_.data(), environment_.data());
    }
    _exit(127);
  }

 private:
  std::string program_;
  std::string folder_;
  std::vector<std::string> words_;
  std::vector<std::string> settings_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
};

std::string command_line(const ProgramCall& call) {
  std::string text = call.program;
  for (const std::string& argument : call.arguments) {
    text += " " + argument;
  }
  return text;
}

std::string end_state(int status, bool timed_out) {
  std::string text = WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status))
                                         : "exit code " + std::to_string(WEXITSTATUS(status));
  return timed_out ? text + " after its timeout" : text;
}

}  // namespace

Process::Process(const ProgramCall& call)
    : command_(command_line(call)), deadline_(std::chrono::steady_clock::now() + call.timeout) {
  if (call.streams == Streams::Terminal) {
    spawn_with_terminal(call);
  } else {
    spawn_with_pipes(call);
  }
  if (call.input) {
    write_input(*call.input);
    if (call.streams == Streams::Pipes) {
      close_input();
    }
  }
  program_log().running[this] = [this] {
    while (read_some(0)) {
    }
    return ProgramRecord{command_, "still running", output_.text, error_.text};
  };
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    while (read_some(0)) {
    }
    log_end("killed by the test");
  }
  if (input_ >= 0 && input_ != output_.descriptor) {
    close(input_);
  }
  for (const int descriptor : {output_.descriptor, error_.descriptor}) {
    if (descriptor >= 0) {
      close(descriptor);
    }
  }
}

void Process::spawn_with_pipes(const ProgramCall& call) {
  ChildImage image(call);
  Pipe input;
  Pipe output;
  Pipe error;
  pid_ = fork();
  if (pid_ == 0) {
    dup2(input.reading(), STDIN_FILENO);
    dup2(output.writing(), STDOUT_FILENO);
    dup2(error.writing(), STDERR_FILENO);
    image.run();
  }
  if (pid_ < 0) {
    throw std::runtime_error("cannot fork");
  }
  input_ = input.take_writing();
  output_.descriptor = output.take_reading();
  error_.descriptor = error.take_reading();
}

void Process::spawn_with_terminal(const ProgramCall& call) {
  ChildImage image(call);
  winsize size = {};
  size.ws_row = 24;
  size.ws_col = 80;
  int terminal = -1;
  pid_ = forkpty(&terminal, nullptr, nullptr, &size);
  if (pid_ == 0) {
    image.run();
  }
  if (pid_ < 0) {
    throw std::runtime_error("cannot open a terminal");
  }
  fcntl(terminal, F_SETFD, FD_CLOEXEC);
  output_.descriptor = terminal;
  input_ = terminal;
}

bool Process::send_signal(int signal) const {
  // kill(-1) signals every process.
  return pid_ > 0 && kill(pid_, signal) == 0;
}

void Process::write_input(std::string_view text) {
  write_ignoring_closed_pipe(input_, text);
}

void Process::close_input() {
  if (input_ >= 0 && input_ != output_.descriptor) {
    close(input_);
  }
  input_ = -1;
}

std::optional<std::string> Process::read_line() {
  return next_line(output_);
}
std::optional<std::string> Process::read_error_line() {
  return next_line(error_);
}
bool Process::wait_for_output(std::string_view text) {
  return wait_for(output_, text);
}
bool Process::wait_for_error(std::string_view text) {
  return wait_for(error_, text);
}

Outcome Process::wait() {
  while (read_some()) {
  }
  const bool ran = pid_ > 0;
  if (timed_out_) {
    send_signal(SIGKILL);
  }
  int status = 0;
  rusage usage = {};
  // The program may run on after it closed its streams.
  while (ran && wait4(pid_, &status, timed_out_ ? 0 : WNOHANG, &usage) == 0) {
    if (milliseconds_left() == 0) {
      timed_out_ = true;
      send_signal(SIGKILL);
    }
    poll(nullptr, 0, 1);
  }
  if (ran) {
    log_end(end_state(status, timed_out_));
  }
  pid_ = -1;
  return {
      .exit_code = ran && WIFEXITED(status) ? WEXITSTATUS(status) : -1,
      .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
      .timed_out = timed_out_,
      .output = output_.text,
      .error = error_.text,
      .peak_memory_bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024,
  };
}

void Process::log_end(std::string state) {
  program_log().running.erase(this);
  program_log().ended.push_back({command_, std::move(state), output_.text, error_.text});
}

/// Waits for bytes on either stream and reads them; false if both are closed or the time is over.
bool Process::read_some(int longest_wait_ms) {
  std::array<pollfd, 2> sources = {
      pollfd{.fd = output_.descriptor, .events = POLLIN, .revents = 0},
      pollfd{.fd = error_.descriptor, .events = POLLIN, .revents = 0},
  };
  if (output_.descriptor < 0 && error_.descriptor < 0) {
    return false;
  }
  const int ready = poll(sources.data(), sources.size(), longest_wait_ms);
  if (ready == 0) {
    timed_out_ = timed_out_ || milliseconds_left() == 0;
    return false;
  }
  if (sources[0].revents != 0) {
    read_from(output_);
  }
  if (sources[1].revents != 0) {
    read_from(error_);
  }
  return true;
}

void Process::read_from(Source& source) {
  std::array<char, 65536> buffer = {};
  const ssize_t count = read(source.descriptor, buffer.data(), buffer.size());
  if (count > 0) {
    source.text.append(buffer.data(), static_cast<std::size_t>(count));
    return;
  }
  // A terminal reports EIO instead of an end of file after its program has ended.
  if (count < 0 && errno == EINTR) {
    return;
  }
  if (source.descriptor == input_) {
    input_ = -1;
  }
  close(source.descriptor);
  source.descriptor = -1;
}

std::optional<std::string> Process::next_line(Source& source) {
  std::size_t end = source.text.find('\n', source.lines_taken);
  while (end == std::string::npos && source.descriptor >= 0 && read_some()) {
    end = source.text.find('\n', source.lines_taken);
  }
  if (end == std::string::npos) {
    return std::nullopt;
  }
  std::string line = source.text.substr(source.lines_taken, end - source.lines_taken);
  source.lines_taken = end + 1;
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  return line;
}

bool Process::wait_for(Source& source, std::string_view text) {
  while (source.text.find(text) == std::string::npos) {
    if (source.descriptor < 0 || !read_some()) {
      return source.text.find(text) != std::string::npos;
    }
  }
  return true;
}

int Process::milliseconds_left() const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline_ - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

Outcome run(const ProgramCall& call) {
  ProgramCall complete = call;
  if (call.streams == Streams::Pipes && !call.input) {
    complete.input = "";
  }
  return Process(complete).wait();
}

}  // namespace otatool::test
