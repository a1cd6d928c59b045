#include "app/publish/publish_site.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <utility>

#include "otatool/espota/digest.hpp"
#include "otatool/publish/site_list.hpp"

#include "app/publish/site_contents.hpp"
#include "app/publish/site_folder.hpp"

namespace otatool::app {
namespace {

namespace fs = std::filesystem;

bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// The path without links, dots and a slash at its end.
fs::path plain_path(const std::string& path) {
  std::error_code error;
  const fs::path plain = fs::weakly_canonical(fs::absolute(path), error);
  return plain.has_filename() ? plain : plain.parent_path();
}

Result<void> check_places(const PublishRequest& request) {
  const fs::path source = plain_path(request.path);
  const fs::path destination = plain_path(request.destination);
  if (is_inside(destination, source)) {
    return fail(Errc::Usage, fmt::format("'{}' is inside '{}'", request.destination, request.path));
  }
  if (is_inside(source, destination)) {
    return fail(Errc::Usage, fmt::format("'{}' is inside '{}'", request.path, request.destination));
  }
  return {};
}

Reuse reuse_from(const SiteFolder& folder) {
  return [&folder](const std::string& name,
                   const std::string& made_from) -> std::optional<std::vector<std::uint8_t>> {
    const auto listed = folder.list().find(name);
    if (listed == folder.list().end() || listed->second.made_from != made_from) {
      return std::nullopt;
    }
    auto content = folder.read(name);
    return content && espota::sha256_hex(*content) == listed->second.sha256.front()
               ? std::move(content)
               : std::nullopt;
  };
}

publish::SiteChange plan(const SiteContents& contents,
                         const SiteFolder& folder,
                         const PublishRequest& request) {
  std::map<std::string, publish::WantedFile, std::less<>> wanted;
  std::map<std::string, std::string, std::less<>> present;
  const auto look = [&](const std::string& name) {
    if (auto hash = folder.hash(name)) {
      present.emplace(name, std::move(*hash));
    }
  };
  for (const SiteFile& file : contents.files) {
    wanted.emplace(file.name,
                   publish::WantedFile{espota::sha256_hex(file.content), file.made_from});
    look(file.name);
  }
  for (const auto& [name, file] : folder.list()) {
    look(name);
  }
  return publish::plan_site_change(
      wanted, folder.list(), present, request.now, request.keep_seconds);
}

Result<void> apply(const SiteContents& contents,
                   const publish::SiteChange& change,
                   SiteFolder& folder) {
  TRY_VOID(folder.begin());
  TRY_VOID(folder.store(change.during));
  std::vector<const SiteFile*> files;
  for (const SiteFile& file : contents.files) {
    if (std::ranges::binary_search(change.write, file.name)) {
      files.push_back(&file);
    }
  }
  TRY_VOID(folder.write(files));
  for (const std::string& name : change.remove) {
    TRY_VOID(folder.remove(name));
  }
  return folder.store(change.after);
}

}  // namespace

Result<PublishReport> publish_site(const PublishRequest& request) {
  TRY_VOID(check_places(request));
  TRY(auto selection, select_images(request.path));
  TRY(auto folder, SiteFolder::open(request.destination));
  TRY(auto contents, site_contents(selection, request.signer, reuse_from(folder)));
  auto change = plan(contents, folder, request);
  if (!change.foreign.empty()) {
    return fail(Errc::OutputExists,
                fmt::format("'{}/{}' is not a file that publish wrote{}",
                            request.destination,
                            change.foreign.front(),
                            change.foreign.size() == 1
                                ? ""
                                : fmt::format(" ({} more)", change.foreign.size() - 1)));
  }
  TRY_VOID(apply(contents, change, folder));
  return PublishReport{.selection = std::move(selection),
                       .written = std::move(change.write),
                       .removed = std::move(change.remove),
                       .kept = std::move(change.kept),
                       .unchanged = change.unchanged.size(),
                       .manifests = std::move(contents.manifests),
                       .notes = std::move(contents.notes)};
}

}  // namespace otatool::app
