// The source of what `serve` serves, and one loaded state of it: a single image, or the rules of a
// manifest with their images. A state is read completely or not at all.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/http/catalogue.hpp"
#include "otatool/result.hpp"

#include "app/library/served_file.hpp"

namespace otatool::app {

/// One state of everything that the rules depend on.
struct LoadedCatalogue {
  std::shared_ptr<const http::Catalogue> catalogue;
  std::string manifest;                   ///< path of the manifest; empty without one
  std::vector<std::string> secret_files;  ///< paths of the files that the manifest names as secret
  std::vector<FileStamp> places;          ///< place_stamps() from before the state was read
  std::map<std::string, LoadedFile, std::less<>> images;  ///< by name
};

struct LibrarySource {
  std::string path;  ///< as given by the user; links in it may change
  ServedFolder folder;
  std::string only_file;  ///< name of the single image; empty: the folder is served
};

/// The source at `path`. FileUnreadable, with `path` as given.
[[nodiscard]] Result<LibrarySource> find_source(const std::string& path);

/// Whether a path below the folder has a manifest's name. Clients never get a manifest.
[[nodiscard]] bool is_manifest_path(std::string_view path);
/// The possible paths of the manifest; none for a single image.
[[nodiscard]] std::vector<std::string> manifest_paths(const LibrarySource& source);

/// Stamps of the manifest's possible places in the open folder, and of the folder at the source's
/// path. They change when the catalogue must be read again.
[[nodiscard]] std::vector<FileStamp> place_stamps(const LibrarySource& source);

/// Reads manifest and images; unchanged images of `previous` are reused. Errors are those of
/// http::parse_manifest_*, load_file, check_served_image and http::check_rule_image, with manifest
/// and rule as context. FileUnreadable if `previous` has a manifest and the folder has none.
[[nodiscard]] Result<LoadedCatalogue> load_catalogue(const LibrarySource& source,
                                                     const LoadedCatalogue* previous);

}  // namespace otatool::app
