#include "app/library/folder_walk.hpp"

#include <algorithm>
#include <filesystem>

#include "app/library/served_library.hpp"

namespace otatool::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 50'000;

bool begins_with_dot(const fs::path& path) {
  return path.filename().native().starts_with('.');
}

}  // namespace

std::vector<HiddenFile> hidden_files(ServedLibrary& library) {
  std::vector<HiddenFile> hidden;
  if (!library.source().only_file.empty()) {
    return hidden;
  }
  const std::string& folder = library.source().folder.path();
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().lexically_relative(folder).string();
    const bool is_folder = at->is_directory(error) && !at->is_symlink(error);
    if (begins_with_dot(at->path())) {
      at.disable_recursion_pending();
      hidden.push_back({name + (is_folder ? "/" : ""), "its name begins with a dot"});
    } else if (!is_folder && !at->is_directory(error) && !library.file(name)) {
      hidden.push_back({name, library.refusal()});
    }
    error.clear();
  }
  std::ranges::sort(hidden, {}, &HiddenFile::name);
  return hidden;
}

bool has_dot_name(const std::string& folder, const FileStamp& file) {
  std::error_code error;
  std::size_t count = 0;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().lexically_relative(folder).string();
    if (++count > kMostFiles) {
      return true;
    }
    if ((!name.starts_with('.') && name.find("/.") == std::string::npos) || at->is_symlink(error)) {
      continue;
    }
    const FileStamp other = stamp_of(at->path().string());
    if (other.device == file.device && other.inode == file.inode) {
      return true;
    }
  }
  return static_cast<bool>(error);
}

}  // namespace otatool::app
