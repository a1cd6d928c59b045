#include "app/publish/image_selection.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

#include "otatool/http/content.hpp"

#include "app/library/served_catalogue.hpp"

namespace otatool::app {
namespace {

namespace fs = std::filesystem;

/// Names of plain files below the folder that end like images, sorted.
Result<std::vector<std::string>> image_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().lexically_relative(folder).string();
    if (at->path().filename().native().starts_with('.')) {
      at.disable_recursion_pending();
    } else if (at->is_regular_file() && (name.ends_with(".bin") || name.ends_with(".bin.gz"))) {
      names.push_back(name);
    }
  }
  if (error) {
    return fail(Errc::FileUnreadable, fmt::format("'{}': {}", folder, error.message()));
  }
  std::ranges::sort(names);
  return names;
}

/// Whether a rule gives its image to some devices of the chip only.
bool has_narrow_conditions(const http::ManifestRule& rule) {
  const http::Matchers& match = rule.matchers;
  return !match.macs.empty() || !match.boards.empty() || !match.groups.empty() ||
         !match.versions.empty() || rule.percent < 100 || rule.plan.has_value();
}

std::string version_of(const LoadedFile& loaded, const std::string& stated) {
  const auto& app = loaded.examined.payload().app;
  return stated.empty() && app ? app->version : stated;
}

void add_images_of_rules(const LoadedCatalogue& loaded, ImageSelection& selection) {
  for (const http::Rule& rule : loaded.catalogue->rules) {
    const auto known = std::ranges::find(
        selection.images, rule.file, [](const auto& image) { return image.loaded.file; });
    if (known != selection.images.end()) {
      known->for_every_device = known->for_every_device || !has_narrow_conditions(rule.manifest);
      continue;
    }
    const LoadedFile& image = loaded.images.find(rule.manifest.image)->second;
    selection.images.push_back({.loaded = image,
                                .version = version_of(image, rule.manifest.version),
                                .for_every_device = !has_narrow_conditions(rule.manifest)});
  }
}

void add_image(const LoadedFile& loaded, ImageSelection& selection) {
  selection.images.push_back({.loaded = loaded, .version = version_of(loaded, {})});
}

bool is_part_of_flash(image::Kind kind) {
  return kind == image::Kind::Esp32Bootloader || kind == image::Kind::Esp32PartitionTable;
}

/// Adds a file of the folder that is no whole flash.
Result<void> add_file(const std::string& name,
                      const LoadedFile& loaded,
                      ImageSelection& selection) {
  const image::Kind kind = loaded.examined.file.kind;
  if (is_part_of_flash(kind)) {
    selection.skipped.push_back(fmt::format("{}: {}", name, image::describe(kind)));
    return {};
  }
  TRY_VOID(check_served_image(loaded, name));
  add_image(loaded, selection);
  return {};
}

/// Adds the whole flashes of the folder, and its images if no rule selects some.
Result<void> add_files(const LibrarySource& source, bool with_images, ImageSelection& selection) {
  TRY(const auto names, image_names(source.folder.path()));
  std::vector<LoadedFile> factories;
  for (const std::string& name : names) {
    auto loaded = load_file(source.folder, name);
    if (!loaded && with_images) {
      return fail(loaded.error());
    }
    if (loaded && loaded->examined.file.kind == image::Kind::Esp32Merged) {
      factories.push_back(std::move(*loaded));
      continue;
    }
    if (!with_images) {
      continue;
    }
    TRY_VOID(add_file(name, *loaded, selection));
  }
  for (LoadedFile& factory : factories) {
    const bool used = std::ranges::any_of(selection.images, [&](const PublishedImage& image) {
      return contains_app(factory, image.loaded);
    });
    if (used) {
      selection.factories.push_back(std::move(factory));
    } else if (with_images) {
      selection.skipped.push_back(factory.file->name + ": a whole flash without one of the images");
    }
  }
  return {};
}

std::string title_of(const LibrarySource& source) {
  if (source.only_file.empty()) {
    return fs::path(source.folder.path()).filename().string();
  }
  const std::string_view name = source.only_file;
  return std::string(name.substr(0, name.find(".bin")));
}

}  // namespace

bool contains_app(const LoadedFile& factory, const LoadedFile& app) {
  const auto& offset = factory.examined.file.merged_app_offset;
  const Bytes flash = factory.file->whole.content->bytes();
  const Bytes image = app.file->whole.content->bytes();
  if (app.file->kind != http::FileKind::Firmware || !offset || *offset > flash.size()) {
    return false;
  }
  const Bytes rest = flash.subspan(static_cast<std::size_t>(*offset));
  return rest.size() >= image.size() && std::ranges::equal(rest.first(image.size()), image);
}

Result<ImageSelection> select_images(const std::string& path) {
  TRY(const auto source, find_source(path));
  TRY(const auto loaded, load_catalogue(source, nullptr));
  ImageSelection selection;
  selection.title = title_of(source);
  if (!source.only_file.empty()) {
    add_image(loaded.images.begin()->second, selection);
    return selection;
  }
  add_images_of_rules(loaded, selection);
  TRY_VOID(add_files(source, selection.images.empty(), selection));
  if (selection.images.empty()) {
    return fail(Errc::NotAnImage, fmt::format("'{}' has no image to publish", path));
  }
  return selection;
}

}  // namespace otatool::app
