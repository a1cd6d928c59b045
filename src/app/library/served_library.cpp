#include "app/library/served_library.hpp"

#include <algorithm>
#include <utility>

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
      stamps_(stamps_of(*loaded_)) {}

ServedLibrary::~ServedLibrary() = default;

std::shared_ptr<const http::Catalogue> ServedLibrary::catalogue() {
  return loaded_->catalogue;
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

ServedLibrary::Change ServedLibrary::poll() {
  ++round_;
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
  for (auto file = files_.begin(); file != files_.end();) {
    bytes += file->loaded.file->whole.size_bytes +
             (file->loaded.file->unpacked ? file->loaded.file->unpacked->size_bytes : 0);
    file =
        bytes > kMostCachedBytes && file != files_.begin() ? files_.erase(file) : std::next(file);
  }
}

std::shared_ptr<const http::ServedFile> ServedLibrary::file(const std::string& path) {
  refusal_.clear();
  if (!source_.only_file.empty()) {
    return nullptr;
  }
  if (is_manifest_name(path)) {
    refusal_ = "clients do not get the manifest";
    return nullptr;
  }
  // Check the hidden list before and after opening, so that a rename in between cannot slip
  // through.
  hidden_.look();
  const auto known = std::ranges::find(files_, path, &Cached::name);
  if (known != files_.end()) {
    const bool fresh =
        known->checked == round_ || source_.folder.stamp(path) == known->loaded.stamp;
    if (fresh && !hidden_.contains(known->loaded.stamp)) {
      known->checked = round_;
      files_.splice(files_.begin(), files_, known);
      return files_.front().loaded.file;
    }
    files_.erase(known);
  }
  auto loaded = load_file(source_.folder, path);
  hidden_.look();
  if (!loaded) {
    refusal_ = loaded.error().message();
    return nullptr;
  }
  if (hidden_.contains(loaded->stamp)) {
    refusal_ = "clients do not get this file";
    return nullptr;
  }
  files_.push_front({path, std::move(*loaded), round_});
  make_room();
  return files_.front().loaded.file;
}

}  // namespace otatool::app
