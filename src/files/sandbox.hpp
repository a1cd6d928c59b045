// Gives up rights of the process that it does not need: new privileges by programs that it starts,
// and, by Landlock, access to other files and further TCP sockets.
#pragma once

#include <string>
#include <vector>

namespace otatool::files {

struct SandboxPaths {
  std::vector<std::string> read;   ///< files and folders, with everything below
  std::vector<std::string> write;  ///< files, and folders in which files may be made and written
  std::vector<std::string> own;    ///< folders in which files may be read, made and removed
  bool connects = false;  ///< outgoing TCP connections and sockets of any name stay allowed
};

/// What enter_sandbox() achieved.
struct Sandbox {
  bool no_new_privileges = false;
  /// Version of the kernel's interface; 0: this kernel has no Landlock, or refused it.
  int landlock = 0;
};

/// Restricts the calling thread and all threads and processes that it starts from now on, for
/// ever. Open descriptors stay usable. Omits paths that do not exist; the process may always read
/// /proc/self.
[[nodiscard]] Sandbox enter_sandbox(const SandboxPaths& paths);

/// The folders that must be readable so that `path` can be followed, also after it, or a link on
/// the way to it, was replaced: those that hold it and its links. A folder that cannot be replaced
/// (a mount point, or one directly below the root) stands for itself.
[[nodiscard]] std::vector<std::string> folders_around(const std::string& path);

}  // namespace otatool::files
