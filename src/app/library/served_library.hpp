// What `serve` has to give: the catalogue of a manifest or a single image, kept up to date while
// the server runs, and the files of a folder. A new catalogue takes the place of the old one as a
// whole; one that is broken leaves the old one in force.
#pragma once

#include <cstdint>
#include <future>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "otatool/http/site.hpp"
#include "otatool/result.hpp"

#include "app/library/hidden_files.hpp"
#include "app/library/served_catalogue.hpp"
#include "app/library/served_file.hpp"

namespace otatool::app {

class ServedLibrary final : public http::Library {
 public:
  ServedLibrary(LibrarySource source, LoadedCatalogue loaded);
  ~ServedLibrary() override;

  /// Keeps whatever is at this path from clients, then and later.
  void hide(const std::string& path) { hidden_.add(path); }

  [[nodiscard]] std::shared_ptr<const http::Catalogue> catalogue() override;
  [[nodiscard]] std::shared_ptr<const http::ServedFile> file(const std::string& path) override;

  [[nodiscard]] std::string refusal() const override { return refusal_; }

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

  struct Reading {
    LibrarySource source;
    LoadedCatalogue loaded;
  };

  static Result<Reading> read(const std::string& path, const LoadedCatalogue& previous);
  [[nodiscard]] Stamps present_stamps() const;
  [[nodiscard]] bool is_time_to_read();
  Change take_over();
  void make_room();

  LibrarySource source_;
  HiddenFiles hidden_;
  std::shared_ptr<const LoadedCatalogue> loaded_;
  std::future<Result<Reading>> reading_;
  Stamps stamps_;  ///< of what is in force, or of what was there when a change was refused
  std::string trouble_;
  std::string refusal_;  ///< of the last file that was asked for
  bool forced_ = false;
  std::uint64_t round_ = 0;
  std::list<Cached> files_;  ///< read on demand, last used first
};

}  // namespace otatool::app
