#include "link/spawn.hpp"

#include <array>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace otatool::bench {
namespace {

[[noreturn]] void become(const Namespace* where, std::vector<char*>& argv, int output) {
  if (where != nullptr && setns(where->handle.get(), CLONE_NEWNET) != 0) {
    _exit(126);
  }
  dup2(output, STDOUT_FILENO);
  dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}

Child::~Child() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

std::string Child::read_line() {
  std::string line;
  char c = 0;
  while (read(output_.get(), &c, 1) == 1 && c != '\n') {
    line.push_back(c);
  }
  return line;
}

int Child::wait() {
  int status = 0;
  rusage usage{};
  wait4(std::exchange(pid_, -1), &status, 0, &usage);
  peak_kib_ = usage.ru_maxrss;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Child spawn(const Namespace* where, const std::vector<std::string>& words) {
  std::vector<std::string> copies = words;
  std::vector<char*> argv;
  argv.reserve(copies.size() + 1);
  for (std::string& word : copies) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  const Descriptor writing(ends[1]);
  Descriptor reading(ends[0]);
  const pid_t pid = fork();
  if (pid == 0) {
    become(where, argv, writing.get());
  }
  if (pid < 0) {
    throw std::system_error(errno, std::generic_category(), "fork");
  }
  return {pid, std::move(reading)};
}

}  // namespace otatool::bench
