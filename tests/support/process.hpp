// Runs a program as a user or a script would: arguments, environment, stdin or a terminal in;
// exit code, stdout and stderr out. A program that outlives its time is killed and says so.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

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
      {};                                 ///< added to PATH, HOME and a C.UTF-8 locale
  std::string folder = {};                ///< empty: where the test runs
  std::optional<std::string> input = {};  ///< stdin; nothing: left open, see Process
  Streams streams = Streams::Pipes;
  std::chrono::milliseconds timeout = std::chrono::seconds(20);
};

struct Outcome {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;      ///< which one
  bool timed_out = false;
  std::string output;
  std::string error;
  /// The most physical memory it ever held; counts what this test program held when it started it.
  std::size_t peak_memory_bytes = 0;
};

/// A program under way. Destroying it kills the program.
class Process {
 public:
  explicit Process(const ProgramCall& call);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// False, and nobody gets it, once the program has been waited for.
  bool send_signal(int signal) const;
  void write_input(std::string_view text);
  void close_input();

  /// The next line of stdout (of the terminal), without its end, as soon as it is there; nothing if
  /// there is none before the program closes stdout or its time is over. What was read as lines
  /// still is in the outcome.
  [[nodiscard]] std::optional<std::string> read_line();
  /// The same for stderr.
  [[nodiscard]] std::optional<std::string> read_error_line();
  /// Waits until `text` has been written to stdout (the terminal); false if it never was.
  [[nodiscard]] bool wait_for_output(std::string_view text);
  [[nodiscard]] bool wait_for_error(std::string_view text);
  /// Reads to the end and waits for the exit.
  Outcome wait();

 private:
  struct Source {
    int descriptor = -1;
    std::string text;
    std::size_t lines_taken = 0;  ///< bytes that read_line gave away
  };

  void spawn_with_pipes(const ProgramCall& call);
  void spawn_with_terminal(const ProgramCall& call);
  bool read_some();
  void read_from(Source& source);
  std::optional<std::string> next_line(Source& source);
  bool wait_for(Source& source, std::string_view text);
  [[nodiscard]] int milliseconds_left() const;

  pid_t pid_ = -1;
  int input_ = -1;
  Source output_;
  Source error_;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
};

/// Runs to the end; stdin is empty unless the call has input.
Outcome run(const ProgramCall& call);

}  // namespace otatool::test
