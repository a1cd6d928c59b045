// The values of devices, rollouts and events as columns of the tables.
#pragma once

#include <string>

#include "otatool/fleet/fleet.hpp"

#include "store/database.hpp"

namespace otatool::store {

/// Columns of each table in the order of the functions below.
inline constexpr const char* kDeviceColumns =
    "mac, chip, slot, state, state_since, address, version, md5, offered, reason, status, "
    "requests, "
    "downloads, seen, waits_rule";
inline constexpr const char* kProgressColumns =
    "mac, slot, rule, version, sha256, md5, downloads, not_applied, downloaded, attempt, pending, "
    "confirmed, refused";
inline constexpr const char* kRolloutColumns =
    "rule, version, stages, stage_time, stage_confirmed, halt_permille, phase, percent, elapsed, "
    "changed, reason, retried, excused_downloaded, attempt, active, revision";
inline constexpr const char* kHistoryColumns =
    "time, mac, rule, kind, version_from, version_to, bytes, reason, changed_by";

[[nodiscard]] Values values_of(const fleet::Device& device);
[[nodiscard]] Values values_of(fleet::Mac mac, fleet::Slot slot, const fleet::Progress& progress);
[[nodiscard]] Values values_of(const fleet::Rollout& rollout);
[[nodiscard]] Values values_of(const fleet::History& history);

/// Without progress.
[[nodiscard]] fleet::Device device_of(const Row& row);
/// The columns of a progress from `first` on; without an image if they are null.
[[nodiscard]] fleet::Progress progress_of(const Row& row, int first);
[[nodiscard]] fleet::Rollout rollout_of(const Row& row);
[[nodiscard]] fleet::History history_of(const Row& row);

/// Unknown for another text than to_string() gives.
[[nodiscard]] ChipFamily chip_of(std::string_view text);

/// The text as valid UTF-8 without zero bytes: other bytes become `?`. Devices send any bytes, and
/// PostgreSQL takes only these.
[[nodiscard]] std::string storable(std::string_view text);

}  // namespace otatool::store
