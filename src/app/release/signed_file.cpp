#include "app/release/signed_file.hpp"

#include <filesystem>
#include <system_error>

#include "files/files.hpp"

namespace otatool::app {
namespace {

std::chrono::system_clock::time_point time_of(const std::string& path) {
  std::error_code absent;
  const auto time = std::filesystem::last_write_time(path, absent);
  return absent ? std::chrono::system_clock::time_point()
                : std::chrono::time_point_cast<std::chrono::system_clock::duration>(
                      std::chrono::file_clock::to_sys(time));
}

}  // namespace

std::optional<SignedFile> signed_file_beside(const std::string& image) {
  SignedFile file;
  file.path = image + ".signed";
  std::error_code absent;
  if (!std::filesystem::is_regular_file(file.path, absent) ||
      !std::filesystem::is_regular_file(image, absent)) {
    return std::nullopt;
  }
  file.written = time_of(file.path);
  file.image_written = time_of(image);
  file.of_older_build =
      file.written < file.image_written && !files::file_begins_with(file.path, image);
  return file;
}

}  // namespace otatool::app
