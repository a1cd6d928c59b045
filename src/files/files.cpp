#include "files/files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "files/descriptor.hpp"
#include "files/standard_streams.hpp"

namespace otatool::files {
namespace {

constexpr std::size_t kReadAtOnce = 65536;

template <typename Container>
Result<Container> read_all(int descriptor, const std::string& name, std::size_t limit_bytes) {
  Container content;
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    // One allocation: growing would hold the content twice. The file may still grow or shrink.
    content.reserve(std::min(static_cast<std::size_t>(status.st_size), limit_bytes));
  }
  std::array<typename Container::value_type, kReadAtOnce> buffer;  // the same type copies fastest
  while (true) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count == 0) {
      return content;
    }
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return fail(Errc::FileUnreadable,
                  fmt::format("cannot read {}: {}", name, system_message(errno)));
    }
    if (static_cast<std::size_t>(count) > limit_bytes - content.size()) {
      return fail(Errc::FileUnreadable,
                  fmt::format("{} is larger than {} bytes", name, limit_bytes));
    }
    content.insert(content.end(), buffer.begin(), buffer.begin() + count);
  }
}

template <typename Container>
Result<Container> read_path(const std::string& path, std::size_t limit_bytes) {
  if (path == "-") {
    return read_all<Container>(STDIN_FILENO, "stdin", limit_bytes);
  }
  const std::string name = "'" + path + "'";
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) {
    return fail(Errc::FileUnreadable,
                fmt::format("cannot open {}: {}", name, system_message(errno)));
  }
  return read_all<Container>(file.number(), name, limit_bytes);
}

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::size_t limit_bytes) {
  return read_path<std::vector<std::uint8_t>>(path, limit_bytes);
}

Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes) {
  return read_path<std::string>(path, limit_bytes);
}

bool file_begins_with(const std::string& path, const std::string& beginning) {
  std::ifstream whole(path, std::ios::binary);
  std::ifstream part(beginning, std::ios::binary);
  std::array<char, kReadAtOnce> expected{};
  std::array<char, kReadAtOnce> found{};
  while (part && whole) {
    part.read(expected.data(), kReadAtOnce);
    whole.read(found.data(), part.gcount());
    if (!std::equal(expected.begin(), expected.begin() + part.gcount(), found.begin()) ||
        whole.gcount() != part.gcount()) {
      return false;
    }
  }
  return part.eof();
}

}  // namespace otatool::files
