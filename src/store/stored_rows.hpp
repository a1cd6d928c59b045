// Devices and events as rows of the tables, and the marks of batches that are written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "otatool/fleet/fleet.hpp"

#include "store/database.hpp"

namespace otatool::store {

/// Calls `take` for each device that `selection` (WHERE, ORDER BY, of the table `d`) gives, and
/// passes its revision.
Result<void> read_devices(
    Database& database,
    const std::string& selection,
    const Values& values,
    const std::function<void(fleet::Device device, std::int64_t revision)>& take);
Result<void> write_devices(Database& database,
                           const std::vector<fleet::Device>& devices,
                           std::int64_t revision);
Result<void> write_history(Database& database, const std::vector<fleet::History>& history);
/// Marks a batch as written. False if it or a later batch of the source is marked already.
Result<bool> mark_written(Database& database, const std::string& source, std::uint64_t batch);

}  // namespace otatool::store
