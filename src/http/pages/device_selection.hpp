// Finds the devices that a page shows, and counts all, piece by piece so that a server can do other
// work in between.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "otatool/http/server_facts.hpp"

#include "http/pages/device_query.hpp"

namespace otatool::http {

class DeviceSelection {
 public:
  static constexpr std::size_t kPageSize = 100;
  /// Versions that are counted one by one, besides those of the manifest.
  static constexpr std::size_t kMostVersions = 100;

  /// `facts` must outlive the selection.
  DeviceSelection(const ServerFacts& facts, DeviceQuery query);

  /// About how many bytes the sort keys of the devices take.
  [[nodiscard]] std::size_t memory() const { return sortable_.capacity() * kSortableBytes; }

  /// Looks at up to 1000 devices; false if these were the last ones. Devices may change meanwhile.
  bool scan_next();

  /// After the scan: the devices of the page, in their order.
  [[nodiscard]] const std::vector<fleet::Mac>& page() const { return page_; }
  [[nodiscard]] const DeviceQuery& query() const { return query_; }
  [[nodiscard]] std::size_t matching() const { return matching_; }
  [[nodiscard]] std::size_t scanned() const { return scanned_; }
  [[nodiscard]] std::size_t pages() const {
    return matching_ == 0 ? 1 : (matching_ + kPageSize - 1) / kPageSize;
  }
  /// How many of all devices run which version; those of the manifest also if none does.
  [[nodiscard]] const std::map<std::string, std::size_t, VersionLess>& versions() const {
    return ordered_versions_;
  }

 private:
  struct Sortable {
    std::string key;
    fleet::Mac mac;
  };
  /// Estimate for a device whose sort key is too long for the string object itself.
  static constexpr std::size_t kSortableBytes = sizeof(Sortable) + 32;

  void take(const fleet::Device& device);
  void count_version(const std::string& version);
  void choose_page();

  const ServerFacts& facts_;
  DeviceQuery query_;
  std::optional<fleet::Mac> last_;
  std::size_t scanned_ = 0;
  std::size_t matching_ = 0;
  std::map<std::string, std::size_t, std::less<>> versions_;
  std::map<std::string, std::size_t, VersionLess> ordered_versions_;
  std::vector<Sortable> sortable_;
  std::vector<fleet::Mac> page_;
};

/// The name of a device in the manifest; may be empty.
[[nodiscard]] std::string_view name_of(const ServerFacts& facts, fleet::Mac mac);

}  // namespace otatool::http
