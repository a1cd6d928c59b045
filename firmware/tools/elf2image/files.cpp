#include "firmware/tools/elf2image/files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace otatool::elf2image {
namespace {

constexpr std::size_t kLargestFile = std::size_t{64} << 20U;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }

  [[nodiscard]] int number() const { return number_; }

  /// Closes and tells whether that worked: some file systems report write errors only here.
  [[nodiscard]] bool close() {
    const int number = number_;
    number_ = -1;
    return ::close(number) == 0;
  }

 private:
  int number_;
};

tl::unexpected<Error> failed(Errc code, const std::string& path, int number) {
  return fail(code, fmt::format("'{}': {}", path, std::generic_category().message(number)));
}

bool write_all(int number, Bytes content) {
  while (!content.empty()) {
    const ssize_t written = ::write(number, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    return failed(Errc::FileUnreadable, path, errno);
  }
  std::vector<std::uint8_t> content;
  std::array<std::uint8_t, 65536> piece{};
  for (;;) {
    const ssize_t count = ::read(file.number(), piece.data(), piece.size());
    if (count == 0) {
      return content;
    }
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return failed(Errc::FileUnreadable, path, errno);
    }
    content.insert(content.end(), piece.begin(), piece.begin() + count);
    if (content.size() > kLargestFile) {
      return fail(Errc::FileUnreadable, fmt::format("'{}': larger than 64 MiB", path));
    }
  }
}

Result<void> write_file(const std::string& path, Bytes content) {
  std::string beside = path + ".XXXXXX";
  Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));
  if (file.number() < 0) {
    return failed(Errc::OutputFailed, path, errno);
  }
  // mkostemp creates for the owner alone; an image is meant to be read like any build output.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const bool written = write_all(file.number(), content) &&
                       ::fchmod(file.number(), 0666U & ~mask) == 0 && file.close() &&
                       std::rename(beside.c_str(), path.c_str()) == 0;
  if (!written) {
    const int number = errno;
    ::unlink(beside.c_str());
    return failed(Errc::OutputFailed, path, number);
  }
  return {};
}

}  // namespace otatool::elf2image
