// Files that clients never get, even if the files lie in the served folder: passwords, keys, logs,
// the manifest. Identified by device and inode, so that neither a link nor another name shows them,
// and by content, so that a copy does not.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "app/library/served_file.hpp"

namespace otatool::app {

struct HiddenPath {
  std::string path;
  std::string what;    ///< for messages: `the manifest`
  bool copies = true;  ///< hide copies too; not for a file that grows
};

class HiddenFiles {
 public:
  /// Hides the file at a path, and every file that appears there later.
  void add(HiddenPath path);
  /// The same for the paths that depend on the manifest; they replace the paths of the last call.
  void set_named(const std::vector<HiddenPath>& paths);
  /// Adds the files that are at the paths now. A file hidden before stays hidden under any name.
  void look();
  /// Why a file is hidden; empty if it is not. `sha256`: of its content, in hex.
  [[nodiscard]] std::string reason(const FileStamp& file, const std::string& sha256) const;

 private:
  // The time of birth distinguishes a file from a later one with the same inode.
  using Identity = std::tuple<dev_t, ino_t, std::int64_t>;
  struct Entry {
    HiddenPath at;
    FileStamp seen;
  };

  static Identity identity(const FileStamp& file) {
    return {file.device, file.inode, file.born_ns};
  }
  void look(Entry& entry);

  std::vector<Entry> added_;
  std::vector<Entry> named_;
  std::map<Identity, std::string> files_;
  std::map<std::string, std::string> contents_;  ///< by SHA-256
};

}  // namespace otatool::app
