#include "cli/unchanged_file.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/files.hpp"

namespace otatool::cli {

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

}  // namespace otatool::cli
