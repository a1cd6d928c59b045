#include "files/standard_streams.hpp"

#include <cctype>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <string>
#include <unistd.h>

namespace otatool::files {

void secure_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) {
      continue;
    }
    // open() returns the lowest free number, which is this one. With the opposite direction, every
    // use of the descriptor fails instead of being ignored.
    const int flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", flags) != descriptor) {
      return;
    }
  }
}

int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Another process that shares the terminal or pipe made it non-blocking.
      pollfd writable = {.fd = descriptor, .events = POLLOUT, .revents = 0};
      static_cast<void>(poll(&writable, 1, -1));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

std::string system_message(int error_number) {
  std::string text = strerror(error_number);
  // "Is a directory" becomes "is a directory"; "RPC ..." and "I/O error" stay.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

}  // namespace otatool::files
