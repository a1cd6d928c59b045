#include "files/output_place.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "files/standard_streams.hpp"

namespace otatool::files {
namespace {

constexpr int kMostHops = 40;  ///< as in Linux
constexpr int kFolderFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;

tl::unexpected<Error> unreachable(const std::string& path, int error_number) {
  return fail(Errc::OutputFailed,
              fmt::format("cannot write '{}': {}", path, system_message(error_number)));
}

/// Walks along a path, link by link.
class Walk {
 public:
  explicit Walk(const std::string& path) : path_(path), folder_(start_of(path)) { prepend(path); }

  Result<OutputPlace> to_end() {
    while (folder_.valid() && !parts_.empty()) {
      const std::string part = std::move(parts_.front());
      parts_.pop_front();
      struct stat status = {};
      const bool exists =
          fstatat(folder_.number(), part.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
      const bool follows = exists && S_ISLNK(status.st_mode) && !leads_to_special(part);
      if (!follows && parts_.empty()) {
        return exists || errno == ENOENT ? last(part, status, exists) : unreachable(path_, errno);
      }
      TRY_VOID(follows ? follow(part, status) : enter(part));
    }
    return unreachable(path_, folder_.valid() ? EISDIR : errno);
  }

 private:
  static Descriptor start_of(std::string_view path) {
    return Descriptor(open(path.starts_with('/') ? "/" : ".", kFolderFlags));
  }

  Result<OutputPlace> last(const std::string& part, const struct stat& status, bool exists) {
    TRY_VOID(trust(part, status));
    if (path_.ends_with('/') && (!exists || S_ISREG(status.st_mode))) {
      return unreachable(path_, exists ? ENOTDIR : ENOENT);
    }
    return OutputPlace{std::move(folder_), part, exists && !S_ISREG(status.st_mode)};
  }

  Result<void> enter(const std::string& part) {
    folder_ = Descriptor(openat(folder_.number(), part.c_str(), kFolderFlags | O_NOFOLLOW));
    return {};
  }

  /// Puts the parts of `path` before those that are left.
  void prepend(std::string_view path) {
    std::deque<std::string> parts;
    while (!path.empty()) {
      const std::string_view part = path.substr(0, path.find('/'));
      path.remove_prefix(std::min(part.size() + 1, path.size()));
      if (!part.empty() && part != ".") {
        parts.emplace_back(part);
      }
    }
    parts_.insert(parts_.begin(), parts.begin(), parts.end());
  }

  /// The last part is a link to a device or pipe, such as /dev/stdout: its text may be no path.
  [[nodiscard]] bool leads_to_special(const std::string& part) const {
    struct stat status = {};
    return parts_.empty() && fstatat(folder_.number(), part.c_str(), &status, 0) == 0 &&
           !S_ISREG(status.st_mode);
  }

  Result<void> follow(const std::string& part, const struct stat& link) {
    TRY_VOID(trust(part, link));
    std::array<char, PATH_MAX> text{};
    const ssize_t length = readlinkat(folder_.number(), part.c_str(), text.data(), text.size());
    if (length < 0 || ++links_ > kMostHops) {
      return unreachable(path_, length < 0 ? errno : ELOOP);
    }
    const std::string_view target(text.data(), static_cast<std::size_t>(length));
    if (target.starts_with('/')) {
      folder_ = start_of(target);
    }
    prepend(target);
    return {};
  }

  /// An error for another user's link.
  Result<void> trust(const std::string& part, const struct stat& status) const {
    if (!S_ISLNK(status.st_mode) || status.st_uid == geteuid() || status.st_uid == 0) {
      return {};
    }
    struct stat folder = {};
    const bool known = fstat(folder_.number(), &folder) == 0;
    const bool shared = !known || (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (!shared && !parts_.empty()) {
      return {};
    }
    return fail(Errc::OutputFailed,
                fmt::format("cannot write '{}': '{}' is a symbolic link of another user (uid {})",
                            path_,
                            part,
                            status.st_uid));
  }

  const std::string& path_;
  Descriptor folder_;
  std::deque<std::string> parts_;
  int links_ = 0;
};

}  // namespace

Result<OutputPlace> find_output_place(const std::string& path) {
  return Walk(path).to_end();
}

}  // namespace otatool::files
