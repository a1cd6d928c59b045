#include "cli/served_library.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

#include "cli/files.hpp"

namespace otatool::cli {
namespace {

constexpr std::array<std::string_view, 2> kManifests = {"otatool.toml", "otatool.json"};
/// Every so many polls the disk is looked at.
constexpr std::uint64_t kRoundsBetweenLooks = 3;
/// After a refusal it is tried again, since the file to be mended need not be one that is watched.
constexpr std::uint64_t kRoundsBetweenAttempts = 9;
/// Bytes of files read on demand that are kept, besides those that somebody is being sent.
constexpr std::uint64_t kMostCachedBytes = std::uint64_t{32} << 20U;

std::vector<FileStamp> manifest_stamps(const LibrarySource& source) {
  std::vector<FileStamp> stamps;
  if (source.only_file.empty()) {
    for (const std::string_view name : kManifests) {
      stamps.push_back(stamp_of(source.folder.path() + "/" + std::string(name)));
    }
  }
  return stamps;
}

/// What was read, as present_stamps() would have found it then.
std::vector<FileStamp> stamps_of(const LoadedCatalogue& loaded) {
  std::vector<FileStamp> stamps = loaded.manifests;
  for (const auto& [name, image] : loaded.images) {
    stamps.push_back(image.stamp);
  }
  return stamps;
}

std::string manifest_path(const LibrarySource& source) {
  if (!source.only_file.empty()) {
    return {};
  }
  for (const std::string_view name : kManifests) {
    std::string path = source.folder.path() + "/" + std::string(name);
    if (stamp_of(path) != FileStamp{}) {
      return path;
    }
  }
  return {};
}

Result<http::Manifest> read_manifest(const std::string& path) {
  const auto text = read_text_file(path, kLargestText);
  if (!text) {
    return fail(text.error());
  }
  auto manifest =
      path.ends_with(".json") ? http::parse_manifest_json(*text) : http::parse_manifest_toml(*text);
  if (!manifest) {
    return fail(manifest.error().with_context(path));
  }
  return manifest;
}

Result<LoadedFile> load_image(const LibrarySource& source,
                              const std::string& name,
                              const LoadedCatalogue* previous) {
  if (previous != nullptr) {
    const auto known = previous->images.find(name);
    if (known != previous->images.end() && known->second.stamp == source.folder.stamp(name)) {
      return known->second;
    }
  }
  auto loaded = load_file(source.folder, name);
  if (!loaded) {
    return loaded;
  }
  if (auto checked = check_served_image(*loaded); !checked) {
    return fail(checked.error());
  }
  return loaded;
}

Result<void> check_rule(const http::ManifestRule& rule, const http::ServedFile& file) {
  if (file.signed_package && !(rule.gzip && rule.verifier)) {
    return fail(Errc::WrongKind,
                fmt::format("'{}' is a signed package, which destroys a device that takes no "
                            "packages or verifies no signatures; 'gzip' and 'verifier' say that "
                            "these devices do",
                            rule.image));
  }
  const bool filesystem = file.kind == http::FileKind::Filesystem;
  if (rule.matchers.mode && (*rule.matchers.mode == http::UpdateMode::Filesystem) != filesystem) {
    return fail(Errc::WrongKind,
                fmt::format("'{}' is {}, and 'mode' is {}",
                            rule.image,
                            filesystem ? "a filesystem" : "firmware",
                            http::to_string(*rule.matchers.mode)));
  }
  return {};
}

Result<void> add_rules(const LibrarySource& source,
                       const LoadedCatalogue* previous,
                       http::Manifest manifest,
                       LoadedCatalogue& loaded) {
  auto catalogue = std::make_shared<http::Catalogue>();
  catalogue->update_path = manifest.path.substr(1);
  catalogue->groups = std::move(manifest.groups);
  for (http::ManifestRule& rule : manifest.rules) {
    const std::string where =
        fmt::format("{}: rule {}", loaded.manifest, catalogue->rules.size() + 1);
    if (!loaded.images.contains(rule.image)) {
      auto image = load_image(source, rule.image, previous);
      if (!image) {
        return fail(image.error().with_context(where));
      }
      loaded.images.emplace(rule.image, std::move(*image));
    }
    const auto& file = loaded.images.find(rule.image)->second.file;
    if (auto checked = check_rule(rule, *file); !checked) {
      return fail(checked.error().with_context(where));
    }
    catalogue->rules.push_back({std::move(rule), file});
  }
  loaded.catalogue = std::move(catalogue);
  return {};
}

}  // namespace

Result<LibrarySource> find_source(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool is_folder = fs::is_directory(path, error);
  const fs::path file(path);
  const std::string parent = file.parent_path().empty() ? "." : file.parent_path().string();
  auto folder = ServedFolder::open(is_folder ? path : parent);
  if (!folder) {
    return fail(folder.error());
  }
  if (!is_folder) {
    folder->follow_links();
  }
  return LibrarySource{.folder = std::move(*folder),
                       .only_file = is_folder ? std::string() : file.filename().string(),
                       .hidden = {}};
}

Result<LoadedCatalogue> load_catalogue(const LibrarySource& source,
                                       const LoadedCatalogue* previous) {
  LoadedCatalogue loaded;
  loaded.manifests = manifest_stamps(source);
  if (!source.only_file.empty()) {
    auto image = load_image(source, source.only_file, previous);
    if (!image) {
      return fail(image.error());
    }
    auto catalogue = std::make_shared<http::Catalogue>();
    catalogue->only_file = image->file;
    loaded.catalogue = std::move(catalogue);
    loaded.images.emplace(source.only_file, std::move(*image));
    return loaded;
  }
  loaded.manifest = manifest_path(source);
  http::Manifest manifest;
  if (!loaded.manifest.empty()) {
    auto read = read_manifest(loaded.manifest);
    if (!read) {
      return fail(read.error());
    }
    manifest = std::move(*read);
  }
  if (auto added = add_rules(source, previous, std::move(manifest), loaded); !added) {
    return fail(added.error());
  }
  return loaded;
}

ServedLibrary::ServedLibrary(LibrarySource source, LoadedCatalogue loaded)
    : source_(std::move(source)),
      loaded_(std::make_shared<const LoadedCatalogue>(std::move(loaded))),
      stamps_(stamps_of(*loaded_)) {}

ServedLibrary::~ServedLibrary() = default;

std::shared_ptr<const http::Catalogue> ServedLibrary::catalogue() {
  return loaded_->catalogue;
}

ServedLibrary::Stamps ServedLibrary::present_stamps() const {
  Stamps stamps = manifest_stamps(source_);
  for (const auto& [name, image] : loaded_->images) {
    stamps.push_back(source_.folder.stamp(name));
  }
  return stamps;
}

ServedLibrary::Change ServedLibrary::take_over() {
  Result<LoadedCatalogue> read = reading_.get();
  if (!read) {
    const bool news = std::exchange(trouble_, read.error().message()) != read.error().message();
    return news ? Change::Refused : Change::None;
  }
  loaded_ = std::make_shared<const LoadedCatalogue>(std::move(*read));
  stamps_ = stamps_of(*loaded_);
  trouble_.clear();
  return Change::Renewed;
}

bool ServedLibrary::is_time_to_read() {
  if (std::exchange(forced_, false)) {
    return true;
  }
  if (round_ % kRoundsBetweenLooks != 0) {
    return false;
  }
  Stamps now = present_stamps();
  const bool changed = now != stamps_;
  stamps_ = std::move(now);
  return changed || (!trouble_.empty() && round_ % kRoundsBetweenAttempts == 0);
}

ServedLibrary::Change ServedLibrary::poll() {
  ++round_;
  if (reading_.valid()) {
    const bool ready = reading_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    return ready ? take_over() : Change::None;
  }
  if (is_time_to_read()) {
    reading_ = std::async(std::launch::async, [source = source_, previous = loaded_] {
      return load_catalogue(source, previous.get());
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
  if (!source_.only_file.empty() || std::ranges::find(kManifests, path) != kManifests.end()) {
    return nullptr;
  }
  const auto known = std::ranges::find(files_, path, &Cached::name);
  if (known != files_.end()) {
    if (known->checked == round_ || source_.folder.stamp(path) == known->loaded.stamp) {
      known->checked = round_;
      files_.splice(files_.begin(), files_, known);
      return files_.front().loaded.file;
    }
    files_.erase(known);
  }
  auto loaded = load_file(source_.folder, path);
  if (!loaded || source_.hidden.contains({loaded->stamp.device, loaded->stamp.inode})) {
    return nullptr;
  }
  files_.push_front({path, std::move(*loaded), round_});
  make_room();
  return files_.front().loaded.file;
}

}  // namespace otatool::cli
