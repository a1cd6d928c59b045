#include "app/library/served_file.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include "otatool/espota/digest.hpp"
#include "otatool/http/content.hpp"
#include "otatool/image/upload_check.hpp"

#include "app/examined_file.hpp"
#include "app/library/secret_content.hpp"
#include "files/files.hpp"

namespace otatool::app {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * kNanoseconds + time.tv_nsec;
}

tl::unexpected<Error> unreadable(const std::string& name, const std::string& why) {
  return fail(Errc::FileUnreadable, fmt::format("'{}': {}", name, why));
}

tl::unexpected<Error> unreadable(const std::string& name) {
  const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
  return fail(exhausted ? Errc::Internal : Errc::FileUnreadable,
              fmt::format("'{}': {}", name, std::strerror(errno)));
}

/// Whether no part of a path below the folder begins with a dot.
bool is_plain(std::string_view path) {
  return !path.empty() && path.front() != '.' && path.find("/.") == std::string_view::npos;
}

/// The path of an open file without links.
std::string true_path(const files::Descriptor& file) {
  std::array<char, PATH_MAX> buffer{};
  const std::string link = fmt::format("/proc/self/fd/{}", file.number());
  const ssize_t length = readlink(link.c_str(), buffer.data(), buffer.size());
  return length < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(length));
}

Result<std::vector<std::uint8_t>> read_all(const files::Descriptor& file,
                                           const std::string& name,
                                           std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = read(file.number(), bytes.data() + done, size - done);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return unreadable(name);
    }
    if (got == 0) {
      return unreadable(name, "it was truncated while it was read");
    }
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

http::FileKind kind_of(image::Kind kind) {
  if (image::is_uploadable_firmware(kind)) {
    return http::FileKind::Firmware;
  }
  return image::is_filesystem(kind) ? http::FileKind::Filesystem : http::FileKind::Other;
}

Result<http::ServedFile> describe(const std::string& name,
                                  Bytes bytes,
                                  const image::Examined& examined) {
  http::ServedFile file;
  file.name = name;
  const image::ImageFacts& facts = examined.payload();
  file.kind = kind_of(facts.kind);
  file.family =
      file.kind == http::FileKind::Firmware ? image::family_of(examined) : ChipFamily::Unknown;
  TRY(auto whole, deliverable(bytes));
  file.whole = std::move(whole);
  file.package = examined.content.has_value();
  file.signed_package = file.package && examined.file.signature.has_value();
  if (file.package && !file.signed_package) {
    TRY(auto unpacked, deliverable(examined.content_bytes));
    file.unpacked = std::move(unpacked);
  }
  const Bytes inside = file.package ? Bytes(examined.content_bytes) : bytes;
  const Bytes running = inside.first(static_cast<std::size_t>(facts.payload_size()));
  file.running_md5 = file.kind == http::FileKind::Firmware ? espota::md5_hex(running) : "";
  file.running_sha256 = facts.sha256() != nullptr ? facts.sha256()->stored : "";
  file.installed_size = running.size();
  if (!facts.parts.empty()) {
    file.flash_size_bytes = facts.parts.front().flash.size_bytes.value_or(0);
  }
  return file;
}

/// Stamp of the file at `name` in the open folder; with an empty name of `folder` itself.
FileStamp stamp_at(int folder, const char* name) {
  struct stat status {};
  if (fstatat(folder, name, &status, AT_EMPTY_PATH) != 0) {
    return {};
  }
  struct statx more {};
  const bool born = statx(folder, name, AT_EMPTY_PATH, STATX_BTIME, &more) == 0 &&
                    (more.stx_mask & STATX_BTIME) != 0;
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim),
          .born_ns = born ? more.stx_btime.tv_sec * kNanoseconds + more.stx_btime.tv_nsec : 0,
          .links = status.st_nlink};
}

/// What a file that is no image contains that clients must not get, packed or not.
std::string_view secret_of(const http::ServedFile& file,
                           Bytes bytes,
                           const image::Examined& examined) {
  if (file.kind != http::FileKind::Other) {
    return {};
  }
  const std::string_view secret = secret_in(bytes);
  return secret.empty() && examined.content ? secret_in(examined.content_bytes) : secret;
}

}  // namespace

Result<http::Deliverable> deliverable(Bytes bytes) {
  TRY(auto content, http::Content::copy_of(bytes));
  return http::Deliverable{.size_bytes = bytes.size(),
                           .md5 = espota::md5_hex(bytes),
                           .sha256 = espota::sha256_hex(bytes),
                           .content = std::move(content)};
}

FileStamp stamp_of(const std::string& path) {
  return path.empty() ? FileStamp{} : stamp_at(AT_FDCWD, path.c_str());
}

Result<ServedFolder> ServedFolder::open(const std::string& path, const std::string& named) {
  files::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) {
    return unreadable(named);
  }
  std::string found = true_path(folder);
  return ServedFolder(std::move(folder), std::move(found));
}

bool ServedFolder::is_inside(const files::Descriptor& file) const {
  const std::string below = path_ == "/" ? path_ : path_ + "/";
  const std::string found = true_path(file);
  return !only_file_.empty() ||
         (found.starts_with(below) && is_plain(std::string_view(found).substr(below.size())));
}

Result<files::Descriptor> ServedFolder::open_file(const std::string& name) const {
  // O_NONBLOCK: opening a pipe would block.
  files::Descriptor file(
      openat(folder_->number(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid() && errno == EACCES) {
    // A sandbox forbids opening other places; O_PATH still shows where a link leads.
    const files::Descriptor place(openat(folder_->number(), name.c_str(), O_PATH | O_CLOEXEC));
    const bool inside = !place.valid() || is_inside(place);
    errno = EACCES;
    return inside ? unreadable(shown(name)) : unreadable(name, "outside the served folder");
  }
  struct stat status {};
  if (!file.valid() || fstat(file.number(), &status) != 0) {
    return unreadable(shown(name));
  }
  if (!S_ISREG(status.st_mode)) {
    return unreadable(shown(name), "not a regular file");
  }
  if (!is_inside(file)) {
    return unreadable(name, "outside the served folder");
  }
  return file;
}

FileStamp ServedFolder::stamp(const std::string& name) const {
  return stamp_at(folder_->number(), name.c_str());
}

Result<LoadedFile> load_file(const ServedFolder& folder, const std::string& name) {
  TRY(const auto file, folder.open_file(name));
  const std::string& shown = folder.shown(name);
  const FileStamp before = stamp_at(file.number(), "");
  if (before == FileStamp{}) {
    return unreadable(shown);
  }
  if (static_cast<std::uint64_t>(before.size) > files::kLargestImage) {
    return unreadable(shown, fmt::format("larger than {} bytes", files::kLargestImage));
  }
  TRY(const auto bytes, read_all(file, shown, static_cast<std::size_t>(before.size)));
  LoadedFile loaded;
  loaded.stamp = before;
  if (stamp_at(file.number(), "") != before) {
    return unreadable(shown, "it changed during reading");
  }
  loaded.examined = examine_bytes(bytes);
  auto described = describe(name, bytes, loaded.examined);
  if (!described) {
    return fail(described.error().with_context(fmt::format("'{}'", shown)));
  }
  if (const auto secret = secret_of(*described, bytes, loaded.examined); !secret.empty()) {
    return unreadable(shown, fmt::format("it contains {}", secret));
  }
  described->modified = before.modified_ns / kNanoseconds;
  loaded.file = std::make_shared<const http::ServedFile>(std::move(*described));
  loaded.examined.content_bytes = {};
  return loaded;
}

Result<void> check_served_image(const LoadedFile& loaded, const std::string& shown) {
  image::UploadIntent intent;
  intent.filesystem = loaded.file->kind == http::FileKind::Filesystem;
  intent.family = image::family_of(loaded.examined);
  // A package is sent packed only to devices whose rule says that they accept packages.
  intent.atomic_fs = true;
  intent.verifier_known = true;
  intent.overridden = {image::UploadCheck::GzipToEsp32};
  const auto problems = image::check_upload(loaded.examined, intent);
  if (!problems.empty()) {
    return fail(problems.front().error.with_context(fmt::format("'{}'", shown)));
  }
  return {};
}

}  // namespace otatool::app
