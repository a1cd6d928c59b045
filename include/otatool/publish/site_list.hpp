// The list of the files that `publish` wrote into a folder, and what a run changes there. No files,
// no clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::publish {

struct ListedFile {
  /// Hashes of the contents that publish wrote or was about to write, in lower-case hex; the newest
  /// first.
  std::vector<std::string> sha256;
  /// What a derived file was made from; equal texts stand for equally good contents. Empty:
  /// nothing.
  std::string made_from;
  /// Since when it is no longer published, in seconds since 1970.
  std::optional<std::int64_t> withdrawn;

  friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

/// By path below the folder.
using SiteList = std::map<std::string, ListedFile, std::less<>>;

/// Reads what site_list_text() wrote. FileUnreadable for anything else, also for a path that leads
/// out of the folder.
[[nodiscard]] Result<SiteList> parse_site_list(std::string_view text);
[[nodiscard]] std::string site_list_text(const SiteList& list);

struct WantedFile {
  std::string sha256;
  std::string made_from;
};

struct SiteChange {
  std::vector<std::string> write;
  std::vector<std::string> unchanged;
  std::vector<std::string> kept;  ///< no longer published, and still there for a while
  /// After everything is written, in this order: manifests first, so that none names a missing
  /// file.
  std::vector<std::string> remove;
  std::vector<std::string> foreign;  ///< wanted names of files that publish did not write
  SiteList during;  ///< to store before the first change: covers every file before and after it
  SiteList after;   ///< to store at the end
};

/// What turns the folder into the wanted one. `present`: hashes of the listed and wanted files that
/// exist. A file whose content is not that of the list belongs to somebody else. `now` in seconds
/// since 1970; a withdrawn file stays for `keep_seconds`.
[[nodiscard]] SiteChange plan_site_change(
    const std::map<std::string, WantedFile, std::less<>>& wanted,
    const SiteList& list,
    const std::map<std::string, std::string, std::less<>>& present,
    std::int64_t now,
    std::int64_t keep_seconds);

}  // namespace otatool::publish
