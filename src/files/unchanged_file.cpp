#include "files/unchanged_file.hpp"

#include <algorithm>
#include <filesystem>

#include "files/files.hpp"

namespace otatool::files {

Result<bool> write_unless_unchanged(const OutputFile& file) {
  std::error_code ignored;
  if (file.path != "-" && std::filesystem::is_regular_file(file.path, ignored)) {
    const auto before = read_file(file.path, kLargestText);
    if (before && std::ranges::equal(*before, file.content)) {
      return false;
    }
  }
  return write_file(file).map([] { return true; });
}

}  // namespace otatool::files
