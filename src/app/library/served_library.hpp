// The library of `serve`: a catalogue that follows changes on disk, and the files of the folder,
// read on demand. A new catalogue replaces the old one completely; an invalid one is rejected and
// the old one stays in use.
#pragma once

#include <cstdint>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "otatool/http/site.hpp"
#include "otatool/result.hpp"

#include "app/library/hidden_files.hpp"
#include "app/library/patch_shelf.hpp"
#include "app/library/served_catalogue.hpp"
#include "app/library/served_file.hpp"

namespace otatool::app {

class ServedLibrary final : public http::Library {
 public:
  ServedLibrary(LibrarySource source, LoadedCatalogue loaded);
  ~ServedLibrary() override;

  /// Never gives clients the file at this path, now or later, nor a copy of it.
  void hide(HiddenPath path) { hidden_.add(std::move(path)); }

  [[nodiscard]] std::shared_ptr<const http::Catalogue> catalogue() override;
  [[nodiscard]] std::shared_ptr<const http::ServedFile> file(const std::string& path) override;

  [[nodiscard]] std::shared_ptr<const http::Deliverable> patch(
      const http::RunningImage& running, const http::ServedFile& file) override;

  /// Offers difference updates, from the images in `base` (empty: none) and in the served folder.
  /// `even_larger`: also those that are not smaller than the file.
  void offer_patches(const std::string& base, bool even_larger);

  [[nodiscard]] std::string refusal() const override { return refusal_; }
  [[nodiscard]] bool exhausted() const override { return exhausted_; }

  /// Files read on demand keep at most this many descriptors open.
  void set_most_descriptors(std::size_t count) { most_descriptors_ = count; }
  /// The most descriptors that the images of the catalogue take, also while it is replaced.
  [[nodiscard]] std::size_t pinned_descriptors() const;

  enum class Change { None, Renewed, Refused };
  /// Checks the disk for changes at some of the calls, and reads a changed catalogue in a second
  /// thread. Call it several times a second. Each outcome is returned once; problem() has the
  /// reason of a Refused one.
  Change poll();
  /// Reads everything again at the next poll, changed or not.
  void reload() { forced_ = true; }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const LibrarySource& source() const { return source_; }
  [[nodiscard]] const LoadedCatalogue& loaded() const { return *loaded_; }

 private:
  static constexpr std::size_t kMostDescriptors = 256;
  using Stamps = std::vector<FileStamp>;
  struct Cached {
    std::string name;
    LoadedFile loaded;
    std::uint64_t checked = 0;  ///< round of polls in which it was compared with the disk
  };

  struct Reading {
    LibrarySource source;
    LoadedCatalogue loaded;
  };

  static Result<Reading> read(const std::string& path, const LoadedCatalogue& previous);
  [[nodiscard]] Stamps present_stamps() const;
  [[nodiscard]] bool is_time_to_read();
  Change take_over();
  void hide_named();
  /// Why clients do not get a file that was read; empty if they get it.
  [[nodiscard]] std::string reason_to_hide(const LoadedFile& file) const;
  /// Whether a file may still be sent as it was read. The disk is asked once in a round of polls
  /// for an image, and always for other files.
  [[nodiscard]] bool is_fresh(Cached& file);
  Result<LoadedFile> load(const std::string& path);
  void make_room();

  LibrarySource source_;
  HiddenFiles hidden_;
  std::shared_ptr<const LoadedCatalogue> loaded_;
  std::future<Result<Reading>> reading_;
  Stamps stamps_;  ///< at the last successful or refused reading
  std::string problem_;
  std::string refusal_;  ///< why the last file() returned nothing
  bool exhausted_ = false;
  std::size_t most_descriptors_ = kMostDescriptors;
  bool forced_ = false;
  std::uint64_t round_ = 0;
  std::list<Cached> files_;            ///< read on demand, last used first
  std::optional<PatchShelf> patches_;  ///< empty: no difference updates
};

}  // namespace otatool::app
