#include "app/library/served_catalogue.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

#include "otatool/http/update_rules.hpp"

#include "files/files.hpp"

namespace otatool::app {
namespace {

constexpr std::array<std::string_view, 2> kManifests = {"otatool.toml", "otatool.json"};

/// Only the fields that do not change with the files in the folder.
FileStamp folder_stamp(const FileStamp& stamp) {
  return {.device = stamp.device, .inode = stamp.inode, .born_ns = stamp.born_ns};
}

/// The folder to open for this path.
std::string folder_path(const std::string& path, bool is_folder) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return is_folder ? path : parent.empty() ? "." : parent;
}

std::vector<FileStamp> manifest_stamps(const LibrarySource& source) {
  std::vector<FileStamp> stamps;
  if (source.only_file.empty()) {
    for (const std::string_view name : kManifests) {
      stamps.push_back(source.folder.stamp(std::string(name)));
    }
  }
  return stamps;
}

/// place_stamps() before the catalogue is read: the open folder is the one to read.
std::vector<FileStamp> places_to_read(const LibrarySource& source) {
  std::vector<FileStamp> stamps = manifest_stamps(source);
  stamps.push_back(folder_stamp(source.folder.stamp(".")));
  return stamps;
}

/// The first manifest that exists; empty without one.
std::string manifest_path(const LibrarySource& source) {
  for (std::string& path : manifest_paths(source)) {
    if (stamp_of(path) != FileStamp{}) {
      return std::move(path);
    }
  }
  return {};
}

/// A path written in a manifest of `folder`: relative to it, or `~/` for the home folder.
std::string resolved(const std::string& folder, const std::string& written) {
  if (written.starts_with("~/")) {
    const char* const home = std::getenv("HOME");
    return (home == nullptr ? "~" : home) + written.substr(1);
  }
  return written.starts_with('/') ? written : folder + "/" + written;
}

Result<http::Manifest> read_manifest(const std::string& path) {
  TRY(const auto text, files::read_text_file(path, files::kLargestText));
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return fail(Errc::FileUnreadable, fmt::format("'{}' is empty", path));
  }
  auto manifest =
      path.ends_with(".json") ? http::parse_manifest_json(text) : http::parse_manifest_toml(text);
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
  TRY_VOID(check_served_image(*loaded, source.folder.shown(name)));
  return loaded;
}

Result<void> add_rules(const LibrarySource& source,
                       const LoadedCatalogue* previous,
                       http::Manifest manifest,
                       LoadedCatalogue& loaded) {
  auto catalogue = std::make_shared<http::Catalogue>();
  catalogue->update_path = manifest.path.substr(1);
  catalogue->groups = std::move(manifest.groups);
  catalogue->names = std::move(manifest.names);
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
    if (auto checked = http::check_rule_image(rule, *file); !checked) {
      return fail(checked.error().with_context(where));
    }
    catalogue->rules.push_back({std::move(rule), file});
  }
  loaded.catalogue = std::move(catalogue);
  return {};
}

}  // namespace

Result<LibrarySource> find_source(const std::string& path) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  std::string name = std::filesystem::path(path).filename().string();
  // An empty path would open the working folder.
  if (path.empty() || (!is_folder && name.empty())) {
    return fail(Errc::FileUnreadable, fmt::format("'{}': {}", path, std::strerror(ENOENT)));
  }
  TRY(auto folder, ServedFolder::open(folder_path(path, is_folder), path));
  if (!is_folder) {
    folder.follow_links(path);
  }
  return LibrarySource{.path = path,
                       .folder = std::move(folder),
                       .only_file = is_folder ? std::string() : std::move(name)};
}

bool is_manifest_path(std::string_view path) {
  return std::ranges::find(kManifests, path.substr(path.rfind('/') + 1)) != kManifests.end();
}

std::vector<std::string> manifest_paths(const LibrarySource& source) {
  std::vector<std::string> paths;
  if (source.only_file.empty()) {
    for (const std::string_view name : kManifests) {
      paths.push_back(source.folder.path() + "/" + std::string(name));
    }
  }
  return paths;
}

std::vector<FileStamp> place_stamps(const LibrarySource& source) {
  std::vector<FileStamp> stamps = manifest_stamps(source);
  stamps.push_back(folder_stamp(stamp_of(folder_path(source.path, source.only_file.empty()))));
  return stamps;
}

Result<LoadedCatalogue> load_catalogue(const LibrarySource& source,
                                       const LoadedCatalogue* previous) {
  LoadedCatalogue loaded;
  loaded.places = places_to_read(source);
  if (!source.only_file.empty()) {
    TRY(auto image, load_image(source, source.only_file, previous));
    auto catalogue = std::make_shared<http::Catalogue>();
    catalogue->only_file = image.file;
    loaded.catalogue = std::move(catalogue);
    loaded.images.emplace(source.only_file, std::move(image));
    return loaded;
  }
  loaded.manifest = manifest_path(source);
  // A manifest that is being replaced is missing for a moment.
  if (loaded.manifest.empty() && previous != nullptr && !previous->manifest.empty()) {
    return fail(Errc::FileUnreadable,
                fmt::format("'{}': {}", previous->manifest, std::strerror(ENOENT)));
  }
  http::Manifest manifest;
  if (!loaded.manifest.empty()) {
    TRY(auto read, read_manifest(loaded.manifest));
    manifest = std::move(read);
  }
  for (const std::string& written : manifest.secret_files) {
    loaded.secret_files.push_back(resolved(source.folder.path(), written));
  }
  TRY_VOID(add_rules(source, previous, std::move(manifest), loaded));
  return loaded;
}

}  // namespace otatool::app
