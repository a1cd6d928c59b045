#include "files/sandbox.hpp"

#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files/descriptor.hpp"

namespace otatool::files {
namespace {

// Of newer kernels than the headers of the build; Documentation/userspace-api/landlock.rst.
constexpr std::uint64_t kRefer = std::uint64_t{1} << 13U;          // version 2
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14U;       // version 3
constexpr std::uint64_t kDeviceControl = std::uint64_t{1} << 15U;  // version 5
constexpr std::uint64_t kBind = 1;                                 // version 4
constexpr std::uint64_t kConnect = 2;                              // version 4
constexpr std::uint64_t kAbstractSockets = 1;                      // version 6
constexpr std::uint64_t kSignals = 2;                              // version 6
constexpr std::uint64_t kFirstRights = kRefer - 1;
constexpr int kMostSandboxLinks = 16;

/// landlock_ruleset_attr of version 6; older kernels know its beginning.
struct Ruleset {
  std::uint64_t files = kFirstRights;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};

int landlock_version() {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

Ruleset ruleset_for(int version) {
  Ruleset ruleset;
  ruleset.files |= version >= 2 ? kRefer : 0;
  ruleset.files |= version >= 3 ? kTruncate : 0;
  ruleset.files |= version >= 5 ? kDeviceControl : 0;
  ruleset.network = version >= 4 ? kBind | kConnect : 0;
  ruleset.scoped = version >= 6 ? kAbstractSockets | kSignals : 0;
  return ruleset;
}

std::size_t size_for(int version) {
  return version >= 6   ? sizeof(Ruleset)
         : version >= 4 ? offsetof(Ruleset, scoped)
                        : offsetof(Ruleset, network);
}

bool is_folder(int descriptor) {
  struct stat facts {};
  return fstat(descriptor, &facts) == 0 && S_ISDIR(facts.st_mode);
}

void allow(int ruleset, const std::string& path, std::uint64_t rights, std::uint64_t known) {
  constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                     LANDLOCK_ACCESS_FS_EXECUTE | kTruncate;
  const Descriptor place(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.valid()) {
    return;
  }
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights & known & (is_folder(place.number()) ? known : kOfFiles);
  rule.parent_fd = place.number();
  syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

bool restrict_by_landlock(int version, const SandboxPaths& paths) {
  Ruleset rights = ruleset_for(version);
  if (paths.connects) {
    rights.network &= kBind;
    rights.scoped &= kSignals;
  }
  const Descriptor ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &rights, size_for(version), 0)));
  if (!ruleset.valid()) {
    return false;
  }
  constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  constexpr std::uint64_t kWrite =
      LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | kTruncate;
  allow(ruleset.number(), "/proc/self", kRead, rights.files);
  for (const std::string& path : paths.read) {
    allow(ruleset.number(), path, kRead, rights.files);
  }
  for (const std::string& path : paths.write) {
    allow(ruleset.number(), path, kWrite, rights.files);
  }
  for (const std::string& path : paths.own) {
    allow(ruleset.number(), path, kRead | kWrite | LANDLOCK_ACCESS_FS_REMOVE_FILE, rights.files);
  }
  return syscall(SYS_landlock_restrict_self, ruleset.number(), 0) == 0;
}

bool is_mount_point(const std::filesystem::path& folder) {
  struct stat inner {};
  struct stat outer {};
  return stat(folder.c_str(), &inner) == 0 && stat((folder / "..").c_str(), &outer) == 0 &&
         inner.st_dev != outer.st_dev;
}

/// Adds the folders that hold links of `path`, which is absolute, to `folders`.
void add_link_folders(const std::filesystem::path& path,
                      int depth,
                      std::vector<std::string>& folders) {
  std::error_code error;
  std::filesystem::path so_far;
  for (const auto& part : path) {
    const std::filesystem::path holder = so_far;
    so_far /= part;
    if (depth == kMostSandboxLinks || !std::filesystem::is_symlink(so_far, error)) {
      continue;
    }
    folders.push_back(std::filesystem::weakly_canonical(holder, error).string());
    add_link_folders(holder / std::filesystem::read_symlink(so_far, error), depth + 1, folders);
  }
}

}  // namespace

Sandbox enter_sandbox(const SandboxPaths& paths) {
  Sandbox sandbox;
  sandbox.no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  const int version = sandbox.no_new_privileges ? landlock_version() : 0;
  if (version > 0 && restrict_by_landlock(version, paths)) {
    sandbox.landlock = version;
  }
  return sandbox;
}

std::vector<std::string> folders_around(const std::string& path) {
  std::error_code error;
  std::vector<std::string> folders;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  add_link_folders(whole, 0, folders);
  std::filesystem::path place = std::filesystem::weakly_canonical(whole, error);
  if (!place.has_filename()) {
    place = place.parent_path();
  }
  const std::filesystem::path holder = place.parent_path();
  const bool fixed = std::filesystem::is_directory(place, error) &&
                     (holder == holder.root_path() || is_mount_point(place));
  folders.push_back((fixed ? place : holder).string());
  return folders;
}

}  // namespace otatool::files
