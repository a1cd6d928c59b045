// Pipes to and from a child process; the destructor closes them.
#pragma once

#include <string_view>

namespace otatool::test {

/// Both ends are close-on-exec; the copies made by dup2 in the child stay open.
class Pipe {
 public:
  Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe();

  [[nodiscard]] int reading() const { return reading_; }
  [[nodiscard]] int writing() const { return writing_; }
  /// Releases the end; the caller has to close it.
  [[nodiscard]] int take_reading();
  [[nodiscard]] int take_writing();

 private:
  int reading_ = -1;
  int writing_ = -1;
};

/// Writes `text`; stops without an error if the reader closes the pipe.
void write_ignoring_closed_pipe(int descriptor, std::string_view text);

}  // namespace otatool::test
