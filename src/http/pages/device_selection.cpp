#include "http/pages/device_selection.hpp"

#include <algorithm>
#include <utility>

namespace otatool::http {
namespace {

constexpr std::size_t kPiece = 1000;

}  // namespace

std::string_view name_of(const ServerFacts& facts, fleet::Mac mac) {
  const auto name = facts.names.find(to_string(mac));
  return name == facts.names.end() ? std::string_view() : name->second;
}

DeviceSelection::DeviceSelection(const ServerFacts& facts, DeviceQuery query)
    : facts_(facts), query_(std::move(query)) {
  for (const std::string& version : facts.versions) {
    versions_.emplace(version, 0);
  }
}

bool DeviceSelection::scan_next() {
  const std::optional<fleet::Mac> after = last_;
  std::size_t count = 0;
  facts_.fleet.visit(after ? &*after : nullptr, kPiece, [&](const fleet::Device& device) {
    take(device);
    last_ = device.mac;
    ++count;
  });
  scanned_ += count;
  if (count < kPiece) {
    choose_page();
    ordered_versions_.insert(versions_.begin(), versions_.end());
  }
  return count == kPiece;
}

void DeviceSelection::take(const fleet::Device& device) {
  count_version(device.version);
  const std::string_view name =
      facts_.names.empty() ? std::string_view() : name_of(facts_, device.mac);
  if (!matches(query_, device, name)) {
    return;
  }
  const std::size_t place = matching_++;
  if (query_.sort) {
    sortable_.push_back({sort_key(*query_.sort, device, name), device.mac});
  } else if (place / kPageSize == query_.page - 1) {
    page_.push_back(device.mac);
  }
}

void DeviceSelection::count_version(const std::string& version) {
  const auto known = versions_.find(version);
  if (known != versions_.end()) {
    ++known->second;
  } else if (versions_.size() < facts_.versions.size() + kMostVersions) {
    versions_.emplace(version, 1);
  }
}

void DeviceSelection::choose_page() {
  const auto less = [this](const Sortable& left, const Sortable& right) {
    const int order = query_.descending ? right.key.compare(left.key) : left.key.compare(right.key);
    return order < 0 || (order == 0 && left.mac < right.mac);
  };
  const std::size_t first = std::min((query_.page - 1) * kPageSize, sortable_.size());
  const std::size_t end = std::min(first + kPageSize, sortable_.size());
  const auto at = [this](std::size_t place) {
    return sortable_.begin() + static_cast<std::ptrdiff_t>(place);
  };
  std::nth_element(sortable_.begin(), at(first), sortable_.end(), less);
  std::partial_sort(at(first), at(end), sortable_.end(), less);
  for (std::size_t place = first; place < end; ++place) {
    page_.push_back(sortable_[place].mac);
  }
  sortable_ = {};
}

}  // namespace otatool::http
