#include "files/output_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "files/descriptor.hpp"
#include "files/output_place.hpp"
#include "files/signals_held.hpp"
#include "files/standard_streams.hpp"

namespace otatool::files {
namespace {

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
  StagedFile(const OutputFile& file, OutputPlace place, std::string temporary)
      : file_(&file), place_(std::move(place)), temporary_(std::move(temporary)) {}
  StagedFile(StagedFile&& other) noexcept
      : file_(other.file_),
        place_(std::move(other.place_)),
        temporary_(std::exchange(other.temporary_, {})) {}
  StagedFile& operator=(StagedFile&&) = delete;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile() {
    if (!temporary_.empty()) {
      unlinkat(folder(), temporary_.c_str(), 0);
    }
  }

  /// Renames the file to its target. Without `overwrite` a file that appeared meanwhile is kept.
  Result<void> place() {
    const char* const from = temporary_.c_str();
    const char* const to = place_.name.c_str();
    is_new_ = faccessat(folder(), to, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    if (renameat2(folder(), from, folder(), to, file_->overwrite ? 0 : RENAME_NOREPLACE) == 0) {
      temporary_.clear();
      return {};
    }
    // Some file systems have no RENAME_NOREPLACE; a hard link does not replace a file either.
    if (errno == EINVAL && !file_->overwrite && linkat(folder(), from, folder(), to, 0) == 0) {
      return {};
    }
    return errno == EEXIST ? exists(file_->path) : failed(file_->path, errno);
  }

  /// Removes a file that did not exist before place().
  void withdraw() {
    if (is_new_) {
      unlinkat(folder(), place_.name.c_str(), 0);
    }
  }

 private:
  [[nodiscard]] int folder() const { return place_.folder.number(); }

  const OutputFile* file_;
  OutputPlace place_;
  std::string temporary_;
  bool is_new_ = false;
};

/// The mode of a new file: `mode` without the bits of the umask.
mode_t masked(mode_t mode) {
  static std::mutex one_reader;  // reading the umask changes it for a moment
  const std::scoped_lock lock(one_reader);
  const mode_t mask = umask(0);
  umask(mask);
  return mode & ~mask;
}

/// Creates `NAME.RANDOM` in the folder. Mode 0600, so that no other user can ever read a private
/// key.
Descriptor create_temporary(const OutputPlace& place, std::string& name) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  std::random_device random;
  for (;;) {
    name = fmt::format("{}.{:08x}", place.name, random());
    Descriptor descriptor(openat(place.folder.number(), name.c_str(), kFlags, S_IRUSR | S_IWUSR));
    if (descriptor.valid() || errno != EEXIST) {
      return descriptor;
    }
  }
}

Result<StagedFile> stage(const OutputFile& file, OutputPlace place) {
  std::string temporary;
  Descriptor descriptor = create_temporary(place, temporary);
  if (!descriptor.valid()) {
    return failed(file.path, errno);
  }
  StagedFile staged(file, std::move(place), std::move(temporary));
  if (const int error = write_all(descriptor.number(), as_text(file.content)); error != 0) {
    return failed(file.path, error);
  }
  if (fchmod(descriptor.number(), masked(file.mode)) != 0 || fsync(descriptor.number()) != 0 ||
      !descriptor.close_now()) {
    return failed(file.path, errno);
  }
  return staged;
}

/// Devices and pipes are written to directly: a rename would replace them. `place`: null for
/// stdout.
Result<void> write_in_place(const OutputFile& file, const OutputPlace* place) {
  const std::string path = place == nullptr ? "/dev/stdout" : file.path;
  Descriptor descriptor(
      place == nullptr
          ? dup(STDOUT_FILENO)
          : openat(place->folder.number(), place->name.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
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

using Places = std::vector<std::pair<const OutputFile*, OutputPlace>>;

/// Writes to a standard stream, a device or a pipe; does nothing for a regular file.
Result<void> write_special(const OutputFile& file, Places& places) {
  const auto found = std::ranges::find(places, &file, [](const auto& each) { return each.first; });
  if (found == places.end()) {
    return write_in_place(file, nullptr);
  }
  return found->second.special ? write_in_place(file, &found->second) : Result<void>();
}

}  // namespace

Result<void> write_file(const OutputFile& file) {
  return write_files({&file, 1});
}

Result<void> write_files(std::span<const OutputFile> files) {
  Places places;
  for (const OutputFile& file : files) {
    if (file.path == "-") {
      continue;
    }
    TRY(OutputPlace place, find_output_place(file.path));
    if (!place.special && !file.overwrite && is_there(file.path)) {
      return exists(file.path);
    }
    places.emplace_back(&file, std::move(place));
  }
  for (const OutputFile& file : files) {
    TRY_VOID(write_special(file, places));
  }
  // The writes are short, and a private key must not stay on the disk.
  const SignalsHeld held;
  std::vector<StagedFile> staged;
  for (auto& [file, place] : places) {
    if (!place.special) {
      TRY(auto next, stage(*file, std::move(place)));
      staged.push_back(std::move(next));
    }
  }
  return place_all(staged);
}

}  // namespace otatool::files
