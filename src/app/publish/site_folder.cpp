#include "app/publish/site_folder.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "otatool/bytes.hpp"
#include "otatool/espota/digest.hpp"

#include "files/files.hpp"
#include "files/signals_held.hpp"
#include "files/standard_streams.hpp"

namespace otatool::app {
namespace {

constexpr const char* kOwnFolder = ".otatool-publish";
constexpr const char* kList = "list.json";
constexpr const char* kTemporary = "new.";
constexpr mode_t kFolderMode = 0777;  // before the umask
constexpr mode_t kFileMode = 0666;

tl::unexpected<Error> write_failure(const std::string& path, int error_number) {
  return fail(Errc::OutputFailed,
              fmt::format("cannot write '{}': {}", path, files::system_message(error_number)));
}

files::Descriptor open_folder(int at, const std::string& path) {
  return files::Descriptor(openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Result<SiteFolder> SiteFolder::open(const std::string& path) {
  SiteFolder folder(path);
  folder.folder_ = open_folder(AT_FDCWD, path);
  if (!folder.folder_.valid()) {
    return errno == ENOENT ? Result<SiteFolder>(std::move(folder)) : write_failure(path, errno);
  }
  TRY_VOID(folder.open_own());
  return folder;
}

Result<void> SiteFolder::open_own() {
  own_ = open_folder(folder_.number(), kOwnFolder);
  if (!own_.valid()) {
    return errno == ENOENT ? Result<void>() : write_failure(path_ + "/" + kOwnFolder, errno);
  }
  if (flock(own_.number(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::OutputFailed, fmt::format("another process publishes to '{}'", path_));
  }
  return read_list();
}

Result<void> SiteFolder::read_list() {
  const std::string name = fmt::format("{}/{}", kOwnFolder, kList);
  const auto text = read(name);
  if (!text) {
    return {};
  }
  auto list = publish::parse_site_list(as_text(*text));
  if (!list) {
    return fail(list.error().with_context(path_ + "/" + name));
  }
  list_ = std::move(*list);
  return {};
}

std::optional<std::vector<std::uint8_t>> SiteFolder::read(const std::string& name) const {
  struct stat status {};
  if (!folder_.valid() ||
      fstatat(folder_.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  auto content = files::read_file(path_ + "/" + name, files::kLargestImage);
  return content ? std::optional(std::move(*content)) : std::nullopt;
}

std::optional<std::string> SiteFolder::hash(const std::string& name) const {
  if (const auto content = read(name)) {
    return espota::sha256_hex(*content);
  }
  const bool exists =
      folder_.valid() && faccessat(folder_.number(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  return exists ? std::optional<std::string>("unreadable") : std::nullopt;
}

Result<void> SiteFolder::begin() {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_) / kOwnFolder, error);
  if (error) {
    return write_failure(path_, error.value());
  }
  if (!folder_.valid()) {
    folder_ = open_folder(AT_FDCWD, path_);
  }
  if (!own_.valid()) {
    TRY_VOID(open_own());
    // A list that was not there before is that of a process that published meanwhile.
    if (!own_.valid() || !list_.empty()) {
      return fail(Errc::OutputFailed, fmt::format("another process publishes to '{}'", path_));
    }
  }
  remove_temporary_files();
  return {};
}

void SiteFolder::remove_temporary_files() const {
  std::error_code error;
  std::filesystem::directory_iterator at(std::filesystem::path(path_) / kOwnFolder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(kTemporary)) {
      unlinkat(own_.number(), name.c_str(), 0);
    }
  }
}

Result<void> SiteFolder::stage(const std::string& temporary,
                               const std::string& name,
                               Bytes content) const {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const std::string shown = path_ + "/" + name;
  files::Descriptor file(openat(own_.number(), temporary.c_str(), kFlags, kFileMode));
  if (!file.valid()) {
    return write_failure(shown, errno);
  }
  if (const int error = files::write_all(file.number(), as_text(content)); error != 0) {
    return write_failure(shown, error);
  }
  return fsync(file.number()) == 0 && file.close_now() ? Result<void>()
                                                       : write_failure(shown, errno);
}

Result<void> SiteFolder::place(const std::string& temporary, const std::string& name) const {
  for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1)) {
    if (mkdirat(folder_.number(), name.substr(0, end).c_str(), kFolderMode) != 0 &&
        errno != EEXIST) {
      return write_failure(path_ + "/" + name, errno);
    }
  }
  if (renameat(own_.number(), temporary.c_str(), folder_.number(), name.c_str()) != 0) {
    return write_failure(path_ + "/" + name, errno);
  }
  return {};
}

Result<void> SiteFolder::write(std::span<const SiteFile* const> files) const {
  const files::SignalsHeld held;
  const auto temporary = [](std::size_t i) { return kTemporary + std::to_string(i); };
  Result<void> written;
  for (std::size_t i = 0; written && i < files.size(); ++i) {
    written = stage(temporary(i), files[i]->name, files[i]->content);
  }
  for (std::size_t i = 0; written && i < files.size(); ++i) {
    written = place(temporary(i), files[i]->name);
  }
  if (!written) {
    remove_temporary_files();
  }
  return written;
}

Result<void> SiteFolder::store(const publish::SiteList& list) {
  if (list == list_) {
    return {};
  }
  const std::string text = publish::site_list_text(list);
  const files::SignalsHeld held;
  const std::string temporary = fmt::format("{}list", kTemporary);
  const std::string name = fmt::format("{}/{}", kOwnFolder, kList);
  auto stored = stage(temporary, name, as_bytes(text));
  stored = stored ? place(temporary, name) : std::move(stored);
  if (!stored) {
    unlinkat(own_.number(), temporary.c_str(), 0);
    return stored;
  }
  list_ = list;
  return {};
}

Result<void> SiteFolder::remove(const std::string& name) const {
  return unlinkat(folder_.number(), name.c_str(), 0) == 0 || errno == ENOENT
             ? Result<void>()
             : fail(Errc::OutputFailed,
                    fmt::format(
                        "cannot remove '{}/{}': {}", path_, name, files::system_message(errno)));
}

}  // namespace otatool::app
