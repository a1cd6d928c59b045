#include "app/library/hidden_files.hpp"

#include <utility>

#include "otatool/espota/digest.hpp"

#include "files/files.hpp"

namespace otatool::app {

void HiddenFiles::add(HiddenPath path) {
  added_.push_back({.at = std::move(path), .seen = {}});
  look(added_.back());
}

void HiddenFiles::set_named(const std::vector<HiddenPath>& paths) {
  named_.clear();
  for (const HiddenPath& path : paths) {
    named_.push_back({.at = path, .seen = {}});
  }
  look();
}

void HiddenFiles::look() {
  for (auto* entries : {&added_, &named_}) {
    for (Entry& entry : *entries) {
      look(entry);
    }
  }
}

void HiddenFiles::look(Entry& entry) {
  const FileStamp stamp = stamp_of(entry.at.path);
  if (stamp == FileStamp{} || stamp == entry.seen) {
    return;
  }
  entry.seen = stamp;
  files_.emplace(identity(stamp), entry.at.what);
  // A pipe has no size.
  if (!entry.at.copies || stamp.size <= 0) {
    return;
  }
  if (const auto content = files::read_file(entry.at.path, files::kLargestText)) {
    contents_.emplace(espota::sha256_hex(*content), entry.at.what);
  }
}

std::string HiddenFiles::reason(const FileStamp& file, const std::string& sha256) const {
  if (const auto found = files_.find(identity(file)); found != files_.end()) {
    return "clients do not get " + found->second;
  }
  if (const auto found = contents_.find(sha256); found != contents_.end()) {
    return "clients do not get a copy of " + found->second;
  }
  return {};
}

}  // namespace otatool::app
