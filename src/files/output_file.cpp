#include "files/output_file.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "files/descriptor.hpp"
#include "files/standard_streams.hpp"

namespace otatool::files {
namespace {

/// Blocks signals while temporary files exist, so that no temporary file stays behind. The writes
/// in between are short, and a private key must not stay on the disk.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held = {};
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) {
      sigaddset(&held, signal);
    }
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_ = {};
};

tl::unexpected<Error> failed(const std::string& path, int error_number) {
  return fail(Errc::OutputFailed,
              fmt::format("cannot write '{}': {}", path, system_message(error_number)));
}

tl::unexpected<Error> exists(const std::string& path) {
  return fail(Errc::OutputExists, fmt::format("'{}' exists already", path));
}

/// A complete temporary file, removed unless it was renamed to its target.
class StagedFile {
 public:
  StagedFile(std::string target, std::string temporary, bool overwrite)
      : target_(std::move(target)), temporary_(std::move(temporary)), overwrite_(overwrite) {}
  StagedFile(StagedFile&& other) noexcept
      : target_(std::move(other.target_)),
        temporary_(std::exchange(other.temporary_, {})),
        overwrite_(other.overwrite_) {}
  StagedFile& operator=(StagedFile&&) = delete;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile() {
    if (!temporary_.empty()) {
      unlink(temporary_.c_str());
    }
  }

  /// Renames the file to its target. Without `overwrite` a file that appeared meanwhile is kept.
  Result<void> place() {
    is_new_ = access(target_.c_str(), F_OK) != 0;
    const unsigned flags = overwrite_ ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), flags) == 0) {
      temporary_.clear();
      return {};
    }
    // Some file systems have no RENAME_NOREPLACE; a hard link does not replace a file either.
    if (errno == EINVAL && !overwrite_ && link(temporary_.c_str(), target_.c_str()) == 0) {
      return {};
    }
    return errno == EEXIST ? exists(target_) : failed(target_, errno);
  }

  /// Removes a file that did not exist before place().
  void withdraw() {
    if (is_new_) {
      unlink(target_.c_str());
    }
  }

 private:
  std::string target_;
  std::string temporary_;
  bool overwrite_;
  bool is_new_ = false;
};

/// The mode of a new file: `mode` without the bits of the umask.
mode_t masked(mode_t mode) {
  const mode_t mask = umask(0);
  umask(mask);
  return mode & ~mask;
}

/// The file that `path` means: for a symbolic link, the target of the link.
std::string resolved(const std::string& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  return error ? path : target.string();
}

Result<StagedFile> stage(const OutputFile& file) {
  const std::string target = resolved(file.path);
  std::string temporary = target + ".XXXXXX";
  // mkostemp gives 0600, so that no other user can ever read a private key.
  Descriptor descriptor(mkostemp(temporary.data(), O_CLOEXEC));
  if (!descriptor.valid()) {
    return failed(file.path, errno);
  }
  StagedFile staged(target, temporary, file.overwrite);
  if (const int error = write_all(descriptor.number(), as_text(file.content)); error != 0) {
    return failed(file.path, error);
  }
  if (fchmod(descriptor.number(), masked(file.mode)) != 0 || fsync(descriptor.number()) != 0 ||
      !descriptor.close_now()) {
    return failed(file.path, errno);
  }
  return staged;
}

/// Devices and pipes are written to directly: a rename would replace them.
bool is_written_in_place(const std::string& path) {
  struct stat status = {};
  return path == "-" || (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode));
}

Result<void> write_in_place(const OutputFile& file) {
  const std::string path = file.path == "-" ? "/dev/stdout" : file.path;
  Descriptor descriptor(file.path == "-" ? dup(STDOUT_FILENO)
                                         : open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!descriptor.valid()) {
    return failed(path, errno);
  }
  if (file.kind == ContentKind::Binary && isatty(descriptor.number()) == 1) {
    return fail(Errc::Usage, "binary output is not written to a terminal");
  }
  const int error = write_all(descriptor.number(), as_text(file.content));
  if (error == EPIPE) {
    return {};  // the reader closed the pipe because it has read enough
  }
  if (error != 0) {
    return failed(path, error);
  }
  return descriptor.close_now() ? Result<void>() : failed(path, errno);
}

bool is_there(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0;
}

Result<void> place_all(std::vector<StagedFile>& staged) {
  for (std::size_t i = 0; i < staged.size(); ++i) {
    if (auto placed = staged[i].place(); !placed) {
      for (std::size_t j = 0; j < i; ++j) {
        staged[j].withdraw();
      }
      return placed;
    }
  }
  return {};
}

}  // namespace

Result<void> write_file(const OutputFile& file) {
  return write_files({&file, 1});
}

Result<void> write_files(std::span<const OutputFile> files) {
  std::vector<const OutputFile*> regular;
  for (const OutputFile& file : files) {
    if (is_written_in_place(file.path)) {
      continue;
    }
    if (!file.overwrite && is_there(file.path)) {
      return exists(file.path);
    }
    regular.push_back(&file);
  }
  for (const OutputFile& file : files) {
    if (is_written_in_place(file.path)) {
      if (auto written = write_in_place(file); !written) {
        return written;
      }
    }
  }
  const SignalsHeld held;
  std::vector<StagedFile> staged;
  for (const OutputFile* file : regular) {
    TRY(auto next, stage(*file));
    staged.push_back(std::move(next));
  }
  return place_all(staged);
}

}  // namespace otatool::files
