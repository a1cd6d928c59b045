// Where `serve` finds what it gives away, and one state of that: the rules of a manifest with their
// images, or a single image. Read as a whole or not at all.
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

/// One state of everything that rules depend on.
struct LoadedCatalogue {
  std::shared_ptr<const http::Catalogue> catalogue;
  std::string manifest;           ///< the path it was read from; empty if there is none
  std::vector<FileStamp> places;  ///< of place_stamps(), from before it was read
  std::map<std::string, LoadedFile, std::less<>> images;  ///< by name
};

/// Where it comes from.
struct LibrarySource {
  std::string path;  ///< as the user named it; what it leads to may change
  ServedFolder folder;
  std::string only_file;  ///< name of the one image; empty: the folder
};

/// The source that PATH means now. FileUnreadable, with PATH as it was given.
[[nodiscard]] Result<LibrarySource> find_source(const std::string& path);

/// Whether this is a name of the manifest, which is not given away.
[[nodiscard]] bool is_manifest_name(std::string_view name);

/// What the folder is that PATH leads to now, and what lies at the places for a manifest in the
/// folder that is open.
[[nodiscard]] std::vector<FileStamp> place_stamps(const LibrarySource& source);

/// Reads manifest and images; those of `previous` that have not changed are taken over. The errors
/// of http::parse_manifest_*, load_file and check_served_image, with manifest and rule named;
/// FileUnreadable also when there is no manifest any more although `previous` has one.
[[nodiscard]] Result<LoadedCatalogue> load_catalogue(const LibrarySource& source,
                                                     const LoadedCatalogue* previous);

}  // namespace otatool::app
