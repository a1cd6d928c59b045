#include "tests/support/pipes.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <signal.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace otatool::test {

Pipe::Pipe() {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("cannot make a pipe");
  }
  reading_ = ends[0];
  writing_ = ends[1];
}

Pipe::~Pipe() {
  for (const int end : {reading_, writing_}) {
    if (end >= 0) {
      close(end);
    }
  }
}

int Pipe::take_reading() {
  return std::exchange(reading_, -1);
}

int Pipe::take_writing() {
  return std::exchange(writing_, -1);
}

void write_ignoring_closed_pipe(int descriptor, std::string_view text) {
  signal(SIGPIPE, SIG_IGN);
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return;
    }
  }
}

}  // namespace otatool::test
