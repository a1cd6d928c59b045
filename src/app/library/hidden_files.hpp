// Files that are not for clients although they may lie in the served folder: users and passwords,
// keys, logs. Known by what they are on disk, so that no link and no other name shows them.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "app/library/served_file.hpp"

namespace otatool::app {

class HiddenFiles {
 public:
  /// From now on whatever is at `path`, also what comes there later.
  void add(const std::string& path);
  /// Looks at what is at the paths now. What was there before stays hidden, under any name.
  void look();
  [[nodiscard]] bool contains(const FileStamp& file) const;

 private:
  // The birth tells a file from a later one that was given the same inode.
  using Identity = std::tuple<dev_t, ino_t, std::int64_t>;
  static Identity identity(const FileStamp& file) {
    return {file.device, file.inode, file.born_ns};
  }

  std::vector<std::string> paths_;
  std::set<Identity> seen_;
};

}  // namespace otatool::app
