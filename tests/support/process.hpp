// Runs a program as a user or a script does: arguments, environment, stdin or a terminal in;
// exit code, stdout and stderr out. A program that exceeds its timeout is killed. The program log
// keeps what each program wrote, for the message of a failed test.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "tests/support/patience.hpp"

namespace otatool::test {

enum class Streams {
  Pipes,     ///< stdin, stdout and stderr are pipes
  Terminal,  ///< all three are one terminal; what it shows is in `output`
};

struct ProgramCall {
  std::string program;
  std::vector<std::string> arguments = {};
  std::string argv0 = {};  ///< empty: the program's path
  std::map<std::string, std::string> environment =
      {};                   ///< added to PATH, HOME, a C.UTF-8 locale and OTATOOL_STORE=none
  std::string folder = {};  ///< empty: the working directory of the test
  std::optional<std::string> input = {};  ///< stdin; nothing: Process leaves stdin open
  Streams streams = Streams::Pipes;
  std::chrono::milliseconds timeout = kPatience;
};

struct Outcome {
  int exit_code = -1;  ///< -1 if a signal ended the program
  int signal = 0;      ///< that signal, otherwise 0
  bool timed_out = false;
  std::string output;
  std::string error;
  /// Peak resident memory; includes the pages of this test program at the fork.
  std::size_t peak_memory_bytes = 0;
};

/// A running program. The destructor kills it.
class Process {
 public:
  explicit Process(const ProgramCall& call);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Returns false and sends nothing after wait().
  bool send_signal(int signal) const;
  void write_input(std::string_view text);
  void close_input();

  /// Waits for the next line of stdout (of the terminal) and returns it without its line end.
  /// Returns nothing if the program closes stdout or exceeds its timeout first. The outcome
  /// contains these lines too.
  [[nodiscard]] std::optional<std::string> read_line();
  /// The same for stderr.
  [[nodiscard]] std::optional<std::string> read_error_line();
  /// Waits until stdout (the terminal) contains `text`; false if the program closes stdout or
  /// exceeds its timeout first.
  [[nodiscard]] bool wait_for_output(std::string_view text);
  [[nodiscard]] bool wait_for_error(std::string_view text);
  /// Reads both streams to their end and waits for the exit.
  Outcome wait();

 private:
  struct Source {
    int descriptor = -1;
    std::string text;
    std::size_t lines_taken = 0;  ///< bytes that read_line has returned
  };

  void spawn_with_pipes(const ProgramCall& call);
  void spawn_with_terminal(const ProgramCall& call);
  bool read_some(int longest_wait_ms);
  bool read_some() { return read_some(milliseconds_left()); }
  void log_end(std::string state);
  void read_from(Source& source);
  std::optional<std::string> next_line(Source& source);
  bool wait_for(Source& source, std::string_view text);
  [[nodiscard]] int milliseconds_left() const;

  std::string command_;
  pid_t pid_ = -1;
  int input_ = -1;
  Source output_;
  Source error_;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
};

/// Runs the program to its end; stdin is empty unless the call has input.
Outcome run(const ProgramCall& call);

}  // namespace otatool::test
