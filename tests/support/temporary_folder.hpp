// A new temporary folder; the destructor removes it with its contents.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }

  /// Writes a file, creates its parent folders, and returns its path.
  std::string write(std::string_view name, std::string_view content) const;
  /// The contents of a file in the folder; empty if it does not exist.
  [[nodiscard]] std::string read(std::string_view name) const;
  /// Relative paths of all files, sorted.
  [[nodiscard]] std::vector<std::string> files() const;

 private:
  std::filesystem::path path_;
};

}  // namespace otatool::test
