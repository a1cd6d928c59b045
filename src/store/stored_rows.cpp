#include "store/stored_rows.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>
#include <utility>

#include "store/statements.hpp"
#include "store/stored_values.hpp"

namespace otatool::store {
namespace {

using fleet::Device;
using fleet::History;
using fleet::Slot;

/// The columns of kProgressColumns behind the key, of the joined table `alias`.
std::string joined_progress(const char* alias) {
  std::string text;
  const auto names = names_in(kProgressColumns);
  for (std::size_t i = 2; i < names.size(); ++i) {
    text += fmt::format(", {}.{}", alias, names[i]);
  }
  return text;
}

std::string select_devices(const std::string& selection) {
  std::string columns;
  for (const std::string& name : names_in(kDeviceColumns)) {
    columns += (columns.empty() ? "d." : ", d.") + name;
  }
  return fmt::format(
      "SELECT {}{}{}, d.revision FROM otatool_devices d "
      "LEFT JOIN otatool_progress s ON s.mac = d.mac AND s.slot = 0 "
      "LEFT JOIN otatool_progress f ON f.mac = d.mac AND f.slot = 1 {}",
      columns,
      joined_progress("s"),
      joined_progress("f"),
      selection);
}

/// Keeps one object for equal images: thousands of devices have the same.
class SharedImages {
 public:
  void share(fleet::Progress& progress) {
    if (progress.image) {
      const fleet::Image& image = *progress.image;
      auto& known = images_[{image.rule, image.version, image.sha256, image.md5}];
      progress.image = known = known ? known : progress.image;
    }
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  std::map<Key, std::shared_ptr<const fleet::Image>> images_;
};

}  // namespace

Result<void> read_devices(Database& database,
                          const std::string& selection,
                          const Values& values,
                          const std::function<void(Device device, std::int64_t revision)>& take) {
  SharedImages images;
  const auto columns = static_cast<int>(names_in(kDeviceColumns).size());
  const auto each = static_cast<int>(names_in(kProgressColumns).size()) - 2;
  TRY_VOID(database.run(select_devices(selection), values, [&](const Row& row) {
    Device device = device_of(row);
    device.progress = {progress_of(row, columns), progress_of(row, columns + each)};
    for (fleet::Progress& progress : device.progress) {
      images.share(progress);
    }
    take(std::move(device), row.number(columns + 2 * each));
  }));
  return {};
}

Result<void> write_devices(Database& database,
                           const std::vector<Device>& devices,
                           std::int64_t revision) {
  std::vector<const Device*> ordered;
  ordered.reserve(devices.size());
  for (const Device& device : devices) {
    ordered.push_back(&device);
  }
  // Two programs that write the same rows in different orders would wait for each other.
  std::ranges::sort(ordered, {}, [](const Device* device) { return device->mac; });
  std::vector<Values> rows;
  std::vector<Values> progress;
  rows.reserve(devices.size());
  for (const Device* const device : ordered) {
    rows.push_back(values_of(*device));
    rows.back().emplace_back(revision);
    for (const Slot slot : {Slot::Sketch, Slot::Filesystem}) {
      if (device->at(slot).image) {
        progress.push_back(values_of(device->mac, slot, device->at(slot)));
      }
    }
  }
  const std::string columns = std::string(kDeviceColumns) + ", revision";
  TRY_VOID(database.run_each(upsert_into("otatool_devices", columns, 1), rows));
  return database.run_each(upsert_into("otatool_progress", kProgressColumns, 2), progress);
}

Result<void> write_history(Database& database, const std::vector<History>& history) {
  std::vector<Values> rows;
  rows.reserve(history.size());
  for (const History& event : history) {
    rows.push_back(values_of(event));
  }
  return database.run_each(insert_into("otatool_history", kHistoryColumns), rows);
}

Result<bool> mark_written(Database& database, const std::string& source, std::uint64_t batch) {
  // One statement: a connection that was lost may still be committing the same batch. Then this
  // waits for its end and sees the mark.
  TRY(const std::uint64_t marked,
      database.run(
          fmt::format(
              "INSERT INTO otatool_sources (source, batch, time) VALUES ($1, $2, {}) "
              "ON CONFLICT (source) DO UPDATE SET batch = excluded.batch, time = excluded.time "
              "WHERE otatool_sources.batch < excluded.batch",
              database.now()),
          {source, static_cast<std::int64_t>(batch)}));
  return marked > 0;
}

}  // namespace otatool::store
