// Pipes to and from a child, closed when their owner goes.
#pragma once

#include <string_view>

namespace otatool::test {

/// Both ends are closed on exec; dup2 in the child makes the copies that stay open.
class Pipe {
 public:
  Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe();

  [[nodiscard]] int reading() const { return reading_; }
  [[nodiscard]] int writing() const { return writing_; }
  /// The end, which the caller closes from now on.
  [[nodiscard]] int take_reading();
  [[nodiscard]] int take_writing();

 private:
  int reading_ = -1;
  int writing_ = -1;
};

/// Writes all of `text`, or as much as a reader who leaves early takes.
void write_ignoring_closed_pipe(int descriptor, std::string_view text);

}  // namespace otatool::test
