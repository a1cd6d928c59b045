// Reading what `serve` gives away: nothing outside its folder, nothing that is being written, and
// no private key.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "otatool/http/catalogue.hpp"
#include "otatool/image/recognise.hpp"
#include "otatool/result.hpp"

#include "files/descriptor.hpp"

namespace otatool::app {

/// What tells whether a file is still the same. All zero: it is not there.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::int64_t born_ns = 0;  ///< 0 where the file system does not say
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
[[nodiscard]] FileStamp stamp_of(const std::string& path);

/// A file that was read, and what it was like then.
struct LoadedFile {
  std::shared_ptr<const http::ServedFile> file;
  FileStamp stamp;
  image::Examined examined;  ///< without the unpacked bytes
};

/// The folder below which everything lies.
class ServedFolder {
 public:
  /// FileUnreadable if there is no such folder, of which `named` is what the user calls it.
  [[nodiscard]] static Result<ServedFolder> open(const std::string& path, const std::string& named);

  /// Opens the regular file at a plain path (file_path.hpp of src/http). Links are followed as long
  /// as they lead to a plain path in the folder. FileUnreadable otherwise.
  [[nodiscard]] Result<files::Descriptor> open_file(const std::string& name) const;
  [[nodiscard]] FileStamp stamp(const std::string& name) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Links may lead anywhere, for a file that the user named himself: `named` in messages.
  void follow_links(const std::string& named) { only_file_ = named; }
  /// What to call a file in messages.
  [[nodiscard]] const std::string& shown(const std::string& name) const {
    return only_file_.empty() ? name : only_file_;
  }

 private:
  ServedFolder(files::Descriptor folder, std::string path)
      : folder_(std::make_shared<files::Descriptor>(std::move(folder))), path_(std::move(path)) {}

  std::shared_ptr<const files::Descriptor> folder_;
  std::string path_;  ///< without links
  std::string only_file_;
};

/// Reads and examines a file of the folder. FileUnreadable, also for a file that changes while it
/// is read, that holds a private key or is larger than any flash.
[[nodiscard]] Result<LoadedFile> load_file(const ServedFolder& folder, const std::string& name);

/// Everything that speaks against giving this file to devices as an image; the first one.
[[nodiscard]] Result<void> check_served_image(const LoadedFile& loaded, const std::string& shown);

}  // namespace otatool::app
