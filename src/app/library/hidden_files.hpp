// Files that clients never get, even if the files lie in the served folder: passwords, keys, logs.
// Identified by device and inode, so that neither a link nor another name shows them.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "app/library/served_file.hpp"

namespace otatool::app {

class HiddenFiles {
 public:
  /// Hides the file at `path`, and every file that appears there later.
  void add(const std::string& path);
  /// Adds the files that are at the paths now. A file hidden before stays hidden under any name.
  void look();
  [[nodiscard]] bool contains(const FileStamp& file) const;

 private:
  // The time of birth distinguishes a file from a later one with the same inode.
  using Identity = std::tuple<dev_t, ino_t, std::int64_t>;
  static Identity identity(const FileStamp& file) {
    return {file.device, file.inode, file.born_ns};
  }

  std::vector<std::string> paths_;
  std::set<Identity> seen_;
};

}  // namespace otatool::app
