// The images that `publish` publishes: those that the rules of a manifest name, or every image of a
// folder.
#pragma once

#include <string>
#include <vector>

#include "otatool/result.hpp"

#include "app/library/served_file.hpp"

namespace otatool::app {

struct PublishedImage {
  LoadedFile loaded;
  std::string version;  ///< from the rule, or from the app descriptor; may be empty
  /// No rule says that only some devices of its chip get it.
  bool for_every_device = true;
};

struct ImageSelection {
  std::string title;  ///< name of the folder, or of the only image without `.bin`
  std::vector<PublishedImage> images;
  /// Whole flashes for installation by serial that contain one of the images, by name.
  std::vector<LoadedFile> factories;
  /// What is not published although it looks like an image; for messages.
  std::vector<std::string> skipped;
};

/// Selects images at the path that `serve` takes. Without rules, the images of a folder are its
/// files with the names
/// `*.bin` and `*.bin.gz`, except hidden ones; boot loaders and partition tables are skipped.
/// Errors of find_source and load_catalogue; the first problem of an image that no device can use;
/// NotAnImage if nothing is left to publish.
[[nodiscard]] Result<ImageSelection> select_images(const std::string& path);

/// Whether the whole flash contains this image as its application.
[[nodiscard]] bool contains_app(const LoadedFile& factory, const LoadedFile& app);

}  // namespace otatool::app
