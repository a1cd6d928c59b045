// Reads the files that `serve` serves. Refuses files outside the folder, files that change while
// they are read, and files with secrets.
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

/// Identity and times of a file; two equal stamps mean an unchanged file. All zero: no file.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::int64_t born_ns = 0;  ///< 0 where the file system does not say
  nlink_t links = 0;         ///< names of the file
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
[[nodiscard]] FileStamp stamp_of(const std::string& path);

/// A file and its stamp at the time of reading.
struct LoadedFile {
  std::shared_ptr<const http::ServedFile> file;
  FileStamp stamp;
  image::Examined examined;  ///< without the unpacked bytes
};

/// The served folder, held open.
class ServedFolder {
 public:
  /// FileUnreadable without such a folder; the message quotes `named`.
  [[nodiscard]] static Result<ServedFolder> open(const std::string& path, const std::string& named);

  /// Opens the regular file at a plain path (http/rules/file_path.hpp). A link must lead to a plain
  /// path in the folder. FileUnreadable otherwise; Internal if descriptors or memory run out.
  [[nodiscard]] Result<files::Descriptor> open_file(const std::string& name) const;
  [[nodiscard]] FileStamp stamp(const std::string& name) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Allows links to any place, for a single file named by the user; messages quote `named`.
  void follow_links(const std::string& named) { only_file_ = named; }
  /// The name of a file in messages.
  [[nodiscard]] const std::string& shown(const std::string& name) const {
    return only_file_.empty() ? name : only_file_;
  }

 private:
  ServedFolder(files::Descriptor folder, std::string path)
      : folder_(std::make_shared<files::Descriptor>(std::move(folder))), path_(std::move(path)) {}

  /// Whether a file of the folder may be served from where it is.
  [[nodiscard]] bool is_inside(const files::Descriptor& file) const;

  std::shared_ptr<const files::Descriptor> folder_;
  std::string path_;  ///< without links
  std::string only_file_;
};

/// Bytes to send: copied into sealed memory, and hashed. Internal if there is no memory for them.
[[nodiscard]] Result<http::Deliverable> deliverable(Bytes bytes);

/// Reads and examines a file of the folder. FileUnreadable also for a file that changes during the
/// reading, that contains a secret (secret_in), or that is larger than any flash. Internal if
/// descriptors or memory run out.
[[nodiscard]] Result<LoadedFile> load_file(const ServedFolder& folder, const std::string& name);

/// The first problem that forbids sending this file to devices as an image.
[[nodiscard]] Result<void> check_served_image(const LoadedFile& loaded, const std::string& shown);

}  // namespace otatool::app
