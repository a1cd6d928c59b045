// What `serve` has to give: the catalogue of a manifest or a single image, kept up to date while
// the server runs, and the files of a folder. A new catalogue takes the place of the old one as a
// whole; one that is broken leaves the old one in force.
#pragma once

#include <cstdint>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "otatool/http/site.hpp"
#include "otatool/result.hpp"

#include "cli/served_file.hpp"

namespace otatool::cli {

/// One state of everything that rules depend on.
struct LoadedCatalogue {
  std::shared_ptr<const http::Catalogue> catalogue;
  std::string manifest;              ///< the path it was read from; empty if there is none
  std::vector<FileStamp> manifests;  ///< of the places for one, from before it was read
  std::map<std::string, LoadedFile, std::less<>> images;  ///< by name
};

/// Where it comes from.
struct LibrarySource {
  ServedFolder folder;
  std::string only_file;  ///< name of the one image; empty: the folder
  /// Files that are in the folder but not for the public, by what they are on disk.
  std::set<std::pair<dev_t, ino_t>> hidden;
};

/// The source that PATH means. FileUnreadable.
[[nodiscard]] Result<LibrarySource> find_source(const std::string& path);

/// Reads manifest and images; those of `previous` that have not changed are taken over. The errors
/// of http::parse_manifest_*, load_file and check_served_image, with manifest and rule named.
[[nodiscard]] Result<LoadedCatalogue> load_catalogue(const LibrarySource& source,
                                                     const LoadedCatalogue* previous);

class ServedLibrary final : public http::Library {
 public:
  ServedLibrary(LibrarySource source, LoadedCatalogue loaded);
  ~ServedLibrary() override;

  [[nodiscard]] std::shared_ptr<const http::Catalogue> catalogue() override;
  [[nodiscard]] std::shared_ptr<const http::ServedFile> file(const std::string& path) override;

  enum class Change { None, Renewed, Refused };
  /// Looks for changes, now and then, and reads them in a thread of its own; to be called several
  /// times a second. Tells of each outcome once; the reason of a Refused one is in trouble().
  Change poll();
  /// Reads everything anew at the next poll, changed or not.
  void reload() { forced_ = true; }

  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] const LoadedCatalogue& loaded() const { return *loaded_; }

 private:
  using Stamps = std::vector<FileStamp>;
  struct Cached {
    std::string name;
    LoadedFile loaded;
    std::uint64_t checked = 0;  ///< in which round of polls
  };

  [[nodiscard]] Stamps present_stamps() const;
  [[nodiscard]] bool is_time_to_read();
  Change take_over();
  void make_room();

  LibrarySource source_;
  std::shared_ptr<const LoadedCatalogue> loaded_;
  std::future<Result<LoadedCatalogue>> reading_;
  Stamps stamps_;  ///< of what is in force, or of what was there when a change was refused
  std::string trouble_;
  bool forced_ = false;
  std::uint64_t round_ = 0;
  std::list<Cached> files_;  ///< read on demand, last used first
};

}  // namespace otatool::cli
