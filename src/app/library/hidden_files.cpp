#include "app/library/hidden_files.hpp"

namespace otatool::app {

void HiddenFiles::add(const std::string& path) {
  paths_.push_back(path);
  look();
}

void HiddenFiles::look() {
  for (const std::string& path : paths_) {
    const FileStamp stamp = stamp_of(path);
    if (stamp != FileStamp{}) {
      seen_.insert(identity(stamp));
    }
  }
}

bool HiddenFiles::contains(const FileStamp& file) const {
  return seen_.contains(identity(file));
}

}  // namespace otatool::app
