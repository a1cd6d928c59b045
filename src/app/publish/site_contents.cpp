#include "app/publish/site_contents.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>

#include "otatool/ascii.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/gzip/pack.hpp"
#include "otatool/http/content.hpp"
#include "otatool/publish/index_page.hpp"
#include "otatool/publish/update_manifest.hpp"
#include "otatool/utf8.hpp"

#include "app/publish/image_signatures.hpp"

namespace otatool::app {
namespace {

constexpr const char* kManifest = "manifest.json";
constexpr const char* kPage = "index.html";

bool is_printable(std::string_view name) {
  while (!name.empty()) {
    const Utf8Character next = first_utf8_character(name);
    if (!next.valid || is_control(name.front())) {
      return false;
    }
    name.remove_prefix(next.length);
  }
  return true;
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// The name of a firmware in its manifest.
std::string firmware_name(const LoadedFile& image) {
  const auto& app = image.examined.payload().app;
  const std::string base = base_name(image.file->name);
  return app && !app->project.empty() ? app->project : base.substr(0, base.find(".bin"));
}

std::string description_of(const LoadedFile& image) {
  return std::string(image::describe(image.examined.payload().kind)) +
         (image.file->package ? ", packed" : "");
}

/// Why devices cannot find this firmware by a manifest; empty if they can.
std::string objection(const PublishedImage& image) {
  const http::ServedFile& file = *image.loaded.file;
  if (file.package) {
    return "it is a package; publish the image itself";
  }
  if (image.version.empty()) {
    return "its version is unknown; a rule in otatool.toml states it";
  }
  if (publish::chip_family_name(image.loaded.examined.file.chip).empty()) {
    return "there is no name for its chip";
  }
  if (!publish::is_relative_for_devices(file.name)) {
    return "ESPHome takes a path that contains 'http' for a URL";
  }
  return {};
}

class SiteMaker {
 public:
  SiteMaker(const ImageSelection& selection, const signing::Signer* signer, const Reuse& reuse)
      : selection_(selection), signer_(signer), reuse_(reuse) {}

  Result<SiteContents> make() {
    for (const LoadedFile& factory : selection_.factories) {
      TRY_VOID(add_binary(factory, {}));
    }
    for (const PublishedImage& image : selection_.images) {
      TRY_VOID(add_binary(image.loaded, image.version));
    }
    for (const PublishedImage& image : selection_.images) {
      add_own_manifest(image);
      look_for_minimal(image);
    }
    add_manifest();
    add_text(kPage, publish::index_page(selection_.title, rows_, has_manifest_ ? kManifest : ""));
    TRY_VOID(check_names());
    return std::move(contents_);
  }

 private:
  void add(const std::string& name, std::vector<std::uint8_t> content, std::string made_from = {}) {
    contents_.files.push_back({name, std::move(content), std::move(made_from)});
  }
  void add_text(const std::string& name, const std::string& text) {
    add(name, {text.begin(), text.end()});
  }
  void add_hashes(const std::string& name, Bytes content) {
    add_text(name + ".md5", publish::checksum_text(espota::md5_hex(content), name));
    add_text(name + ".sha256", publish::checksum_text(espota::sha256_hex(content), name));
  }

  /// Adds a file that `make` derives from an image, with its hashes.
  template <typename Make>
  Result<void> add_derived(publish::PageRow& row,
                           const std::string& ending,
                           const std::string& how,
                           const Make& make,
                           bool with_hashes = true) {
    const std::string name = row.path + ending;
    const std::string made_from = fmt::format("{} of {}", how, row.sha256);
    auto content = reuse_(name, made_from);
    if (!content) {
      auto made = make();
      if (!made) {
        return fail(made.error());
      }
      content = std::move(*made);
    }
    if (with_hashes) {
      add_hashes(name, *content);
    }
    add(name, std::move(*content), made_from);
    row.related.push_back(name);
    return {};
  }

  Result<void> add_package(publish::PageRow& row, const LoadedFile& image) {
    const bool given = std::ranges::any_of(selection_.images, [&](const PublishedImage& other) {
      return other.loaded.file->name == row.path + ".gz";
    });
    if (image.file->family != ChipFamily::Esp8266 || image.file->package ||
        image.examined.file.signature || given) {
      return {};
    }
    return add_derived(row, ".gz", "gzip", [&]() -> Result<std::vector<std::uint8_t>> {
      auto packed = gzip::pack(image.file->whole.content->bytes());
      return packed ? std::move(packed) : fail(packed.error().with_context(row.path));
    });
  }

  Result<void> add_signatures(publish::PageRow& row, const LoadedFile& image) {
    if (signer_ == nullptr) {
      return {};
    }
    const std::string signer = to_hex(signer_->public_half().fingerprint());
    const Bytes bytes = image.file->whole.content->bytes();
    if (image.examined.file.signature) {
      contents_.notes.push_back(row.path + ": it is signed already, so it has no signed copy");
    }
    for (const SignatureForm form : signed_forms(image)) {
      const std::string ending =
          form == SignatureForm::Esp8266Legacy ? ".signed-legacy" : ".signed";
      TRY_VOID(add_derived(row, ending, fmt::format("{} by {}", to_string(form), signer), [&] {
        return signed_copy(row.path, bytes, *signer_, form);
      }));
    }
    return add_derived(
        row,
        ".sig",
        "signature by " + signer,
        [&] { return detached_signature(bytes, *signer_); },
        false);
  }

  Result<void> add_binary(const LoadedFile& image, const std::string& version) {
    const http::ServedFile& file = *image.file;
    publish::PageRow row{.path = file.name,
                         .description = description_of(image),
                         .version = version,
                         .size_bytes = file.whole.size_bytes,
                         .md5 = file.whole.md5,
                         .sha256 = file.whole.sha256,
                         .related = {}};
    const Bytes bytes = file.whole.content->bytes();
    add(file.name, {bytes.begin(), bytes.end()});
    add_hashes(file.name, bytes);
    TRY_VOID(add_package(row, image));
    TRY_VOID(add_signatures(row, image));
    rows_.push_back(std::move(row));
    return {};
  }

  /// The whole flash for installations by serial; empty if there is none.
  [[nodiscard]] std::string factory_of(const LoadedFile& image) const {
    if (image.file->family == ChipFamily::Esp8266) {
      return image.file->name;  // it begins with the boot loader
    }
    const auto found = std::ranges::find_if(selection_.factories, [&](const LoadedFile& factory) {
      return contains_app(factory, image);
    });
    return found == selection_.factories.end() ? std::string() : found->file->name;
  }

  /// `folder`: the one of the manifest, empty or with a slash at its end.
  [[nodiscard]] publish::Build build_of(const LoadedFile& image, const std::string& folder) const {
    const auto relative = [&folder](const std::string& path) {
      if (path.starts_with(folder)) {
        return path.substr(folder.size());
      }
      std::string up;
      for (auto levels = std::ranges::count(folder, '/'); levels > 0; --levels) {
        up += "../";
      }
      return up + path;
    };
    const std::string factory = factory_of(image);
    return {.chip_family = publish::chip_family_name(image.examined.file.chip),
            .app = relative(image.file->name),
            .app_md5 = image.file->whole.md5,
            .factory = factory.empty() ? "" : relative(factory)};
  }

  void add_own_manifest(const PublishedImage& image) {
    const http::ServedFile& file = *image.loaded.file;
    if (file.kind != http::FileKind::Firmware) {
      return;
    }
    if (const std::string why = objection(image); !why.empty()) {
      contents_.notes.push_back(fmt::format("{}: no manifest: {}", file.name, why));
      return;
    }
    const std::string name = file.name + ".manifest.json";
    const std::string folder = file.name.substr(0, file.name.rfind('/') + 1);
    add_text(name,
             publish::manifest_text({.name = firmware_name(image.loaded),
                                     .version = image.version,
                                     .builds = {build_of(image.loaded, folder)}}));
    contents_.manifests.push_back(name);
    std::ranges::find(rows_, file.name, &publish::PageRow::path)->related.push_back(name);
    if (factory_of(image.loaded).empty()) {
      contents_.notes.push_back(
          file.name + ": browsers cannot install it: there is no whole flash that contains it");
    }
  }

  /// A Tasmota that has no room for an image asks beside it for a small one, by this name.
  void look_for_minimal(const PublishedImage& image) {
    const std::string& path = image.loaded.file->name;
    const std::string base = base_name(path);
    const std::string stem = base.substr(0, base.find('.'));
    if (image.loaded.file->family != ChipFamily::Esp8266 || !stem.starts_with("tasmota")) {
      return;
    }
    const std::string minimal = path.substr(0, path.size() - base.size()) +
                                stem.substr(0, stem.rfind('-')) + "-minimal.bin";
    const bool given = std::ranges::any_of(selection_.images, [&](const PublishedImage& other) {
      const std::string& name = other.loaded.file->name;
      return name == minimal || name == minimal + ".gz";
    });
    if (!given) {
      contents_.notes.push_back(fmt::format(
          "{}: {} is missing, which a Tasmota needs if it has no room for both", path, minimal));
    }
  }

  /// The manifest for all chips, unless a device could get the wrong firmware from it.
  void add_manifest() {
    publish::UpdateManifest manifest;
    manifest.name = selection_.title;
    for (const PublishedImage& image : selection_.images) {
      if (image.loaded.file->kind != http::FileKind::Firmware || !image.for_every_device ||
          !objection(image).empty()) {
        continue;
      }
      publish::Build build = build_of(image.loaded, {});
      const auto same_chip =
          std::ranges::find(manifest.builds, build.chip_family, &publish::Build::chip_family);
      const bool first = manifest.builds.empty();
      if (same_chip != manifest.builds.end() || (!first && manifest.version != image.version)) {
        contents_.notes.push_back(
            fmt::format("no manifest.json: {} and {} {}; each has a manifest of its own",
                        manifest.builds.front().app,
                        build.app,
                        same_chip != manifest.builds.end() ? "are for the same chip"
                                                           : "have different versions"));
        return;
      }
      manifest.version = image.version;
      manifest.builds.push_back(std::move(build));
    }
    if (!manifest.builds.empty()) {
      has_manifest_ = true;
      add_text(kManifest, publish::manifest_text(manifest));
      contents_.manifests.emplace_back(kManifest);
    }
  }

  [[nodiscard]] Result<void> check_names() const {
    std::set<std::string_view> names;
    for (const SiteFile& file : contents_.files) {
      if (!is_printable(file.name)) {
        return fail(Errc::Usage, fmt::format("'{}' is no name for a URL", file.name));
      }
      if (!names.insert(file.name).second) {
        return fail(Errc::Usage, fmt::format("two files would have the name '{}'", file.name));
      }
    }
    return {};
  }

  const ImageSelection& selection_;
  const signing::Signer* signer_;
  const Reuse& reuse_;
  SiteContents contents_;
  std::vector<publish::PageRow> rows_;
  bool has_manifest_ = false;
};

}  // namespace

Result<SiteContents> site_contents(const ImageSelection& selection,
                                   const signing::Signer* signer,
                                   const Reuse& reuse) {
  return SiteMaker(selection, signer, reuse).make();
}

}  // namespace otatool::app
