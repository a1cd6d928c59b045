#include "app/library/served_library.hpp"

#include <algorithm>
#include <utility>

#include "app/library/folder_walk.hpp"

namespace otatool::app {
namespace {

/// The disk is checked every third poll.
constexpr std::uint64_t kRoundsBetweenLooks = 3;
/// After a failed reload, retry now and then: the file that gets fixed may not be one we watch.
constexpr std::uint64_t kRoundsBetweenAttempts = 9;
/// Cached bytes of files read on demand; files that are being sent do not count.
constexpr std::uint64_t kMostCachedBytes = std::uint64_t{32} << 20U;

/// What present_stamps() would have returned when `loaded` was read.
std::vector<FileStamp> stamps_of(const LoadedCatalogue& loaded) {
  std::vector<FileStamp> stamps = loaded.places;
  for (const auto& [name, image] : loaded.images) {
    stamps.push_back(image.stamp);
  }
  return stamps;
}

}  // namespace

ServedLibrary::ServedLibrary(LibrarySource source, LoadedCatalogue loaded)
    : source_(std::move(source)),
      loaded_(std::make_shared<const LoadedCatalogue>(std::move(loaded))),
      stamps_(stamps_of(*loaded_)) {
  hide_named();
}

ServedLibrary::~ServedLibrary() = default;

std::shared_ptr<const http::Catalogue> ServedLibrary::catalogue() {
  return loaded_->catalogue;
}

void ServedLibrary::hide_named() {
  std::vector<HiddenPath> paths;
  for (const std::string& path : manifest_paths(source_)) {
    paths.push_back({.path = path, .what = "the manifest"});
  }
  for (const std::string& path : loaded_->secret_files) {
    paths.push_back({.path = path, .what = "a file that the manifest names as secret"});
  }
  hidden_.set_named(paths);
}

std::string ServedLibrary::reason_to_hide(const LoadedFile& file) const {
  std::string reason = hidden_.reason(file.stamp, file.file->whole.sha256);
  if (reason.empty() && file.stamp.links > 1 && has_dot_name(source_.folder.path(), file.stamp)) {
    reason = "another name of the file begins with a dot";
  }
  return reason;
}

ServedLibrary::Stamps ServedLibrary::present_stamps() const {
  Stamps stamps = place_stamps(source_);
  for (const auto& [name, image] : loaded_->images) {
    stamps.push_back(source_.folder.stamp(name));
  }
  return stamps;
}

Result<ServedLibrary::Reading> ServedLibrary::read(const std::string& path,
                                                   const LoadedCatalogue& previous) {
  TRY(auto source, find_source(path));
  TRY(auto loaded, load_catalogue(source, &previous));
  return Reading{.source = std::move(source), .loaded = std::move(loaded)};
}

ServedLibrary::Change ServedLibrary::take_over() {
  Result<Reading> read = reading_.get();
  if (!read) {
    const bool news = std::exchange(problem_, read.error().message()) != read.error().message();
    return news ? Change::Refused : Change::None;
  }
  source_ = std::move(read->source);
  loaded_ = std::make_shared<const LoadedCatalogue>(std::move(read->loaded));
  stamps_ = stamps_of(*loaded_);
  problem_.clear();
  hide_named();
  return Change::Renewed;
}

bool ServedLibrary::is_time_to_read() {
  if (std::exchange(forced_, false)) {
    return true;
  }
  if (round_ % kRoundsBetweenLooks != 0) {
    return false;
  }
  hidden_.look();
  Stamps now = present_stamps();
  const bool changed = now != stamps_;
  stamps_ = std::move(now);
  return changed || (!problem_.empty() && round_ % kRoundsBetweenAttempts == 0);
}

std::shared_ptr<const http::Deliverable> ServedLibrary::patch(const http::RunningImage& running,
                                                              const http::ServedFile& file) {
  return patches_ ? patches_->find(running, file) : nullptr;
}

void ServedLibrary::offer_patches(const std::string& base, bool even_larger) {
  std::vector<std::string> folders;
  if (!base.empty()) {
    folders.push_back(base);
  }
  if (source_.only_file.empty()) {
    folders.push_back(source_.folder.path());
  }
  if (!folders.empty()) {
    patches_.emplace(std::move(folders), even_larger);
  }
}

ServedLibrary::Change ServedLibrary::poll() {
  ++round_;
  if (patches_) {
    patches_->poll();
  }
  if (reading_.valid()) {
    const bool ready = reading_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    return ready ? take_over() : Change::None;
  }
  if (is_time_to_read()) {
    reading_ = std::async(std::launch::async, [path = source_.path, previous = loaded_] {
      return read(path, *previous);
    });
  }
  return Change::None;
}

void ServedLibrary::make_room() {
  std::uint64_t bytes = 0;
  std::size_t descriptors = 0;
  for (auto file = files_.begin(); file != files_.end();) {
    const auto& unpacked = file->loaded.file->unpacked;
    bytes += file->loaded.file->whole.size_bytes + (unpacked ? unpacked->size_bytes : 0);
    descriptors += unpacked ? 2 : 1;
    const bool full = bytes > kMostCachedBytes || descriptors > most_descriptors_;
    file = full && file != files_.begin() ? files_.erase(file) : std::next(file);
  }
}

Result<LoadedFile> ServedLibrary::load(const std::string& path) {
  auto loaded = load_file(source_.folder, path);
  if (!loaded && loaded.error().code() == Errc::Internal && !files_.empty()) {
    files_.clear();
    loaded = load_file(source_.folder, path);
  }
  exhausted_ = !loaded && loaded.error().code() == Errc::Internal;
  return loaded;
}

std::size_t ServedLibrary::pinned_descriptors() const {
  // Whole and unpacked, of the old and of the new catalogue.
  return 4 * loaded_->images.size();
}

bool ServedLibrary::is_fresh(Cached& file) {
  const bool checked = file.checked == round_;
  // An image holds no secret; any other file may become one of the hidden files at any moment.
  if (checked && file.loaded.file->kind != http::FileKind::Other) {
    return true;
  }
  hidden_.look();
  const LoadedFile& loaded = file.loaded;
  const bool fresh = (checked || source_.folder.stamp(file.name) == loaded.stamp) &&
                     hidden_.reason(loaded.stamp, loaded.file->whole.sha256).empty();
  file.checked = fresh ? round_ : file.checked;
  return fresh;
}

std::shared_ptr<const http::ServedFile> ServedLibrary::file(const std::string& path) {
  refusal_.clear();
  exhausted_ = false;
  if (!source_.only_file.empty()) {
    return nullptr;
  }
  if (is_manifest_path(path)) {
    refusal_ = "clients do not get a manifest";
    return nullptr;
  }
  const auto known = std::ranges::find(files_, path, &Cached::name);
  if (known != files_.end() && is_fresh(*known)) {
    files_.splice(files_.begin(), files_, known);
    return files_.front().loaded.file;
  }
  if (known != files_.end()) {
    files_.erase(known);
  }
  // Check the hidden list before and after opening, so that a rename in between cannot slip
  // through.
  hidden_.look();
  auto loaded = load(path);
  hidden_.look();
  if (!loaded) {
    refusal_ = loaded.error().message();
    return nullptr;
  }
  refusal_ = reason_to_hide(*loaded);
  if (!refusal_.empty()) {
    return nullptr;
  }
  files_.push_front({path, std::move(*loaded), round_});
  make_room();
  return files_.front().loaded.file;
}

}  // namespace otatool::app
