#include "store/shared_tables.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <iterator>
#include <limits>
#include <map>

#include "otatool/unix_time.hpp"

#include "store/stored_rows.hpp"
#include "store/transaction.hpp"

namespace otatool::store {
namespace {

using fleet::Device;
using fleet::Mac;

/// The advisory lock of the server that leads: "otatool" as a number.
constexpr std::int64_t kLeaderLock = 0x6F7461746F6F6C;
/// A server that was not met for so long is gone, in seconds.
constexpr int kServerAge = 10;

}  // namespace

Result<void> SharedTables::begin_at_present() {
  TRY_VOID(database_.run("SELECT revision FROM otatool_revision", {}, [this](const Row& row) {
    read_ = {.revision = row.number(0), .mac = std::numeric_limits<std::int64_t>::max()};
  }));
  return {};
}

void SharedTables::on_connected() {
  leads_ = false;
  session_ = 0;
  // A standby that was promoted may lack the last transactions, and use their revisions again.
  reread_devices();
}

Result<std::vector<Device>> SharedTables::merge(const EventBatch& batch,
                                                const fleet::RunsImage& runs) {
  TRY(Transaction transaction, Transaction::begin(database_));
  // Before the lock: after a lost connection most batches that are repeated are written.
  TRY(const bool marked, mark_written(database_, batch.source, batch.number));
  if (!marked) {
    return devices_of(batch);
  }
  Moment moment;
  // The lock of this row keeps the merges of other servers waiting; the time is that after it.
  TRY_VOID(database_.run(
      "UPDATE otatool_revision SET revision = revision + 1 "
      "RETURNING revision, extract(epoch FROM clock_timestamp())::bigint",
      {},
      [&moment](const Row& row) { moment = {.revision = row.number(0), .time = row.number(1)}; }));
  TRY(auto devices, devices_of(batch));
  TRY_VOID(write_events(batch, runs, moment, devices));
  TRY_VOID(database_.tell_others());
  TRY_VOID(transaction.commit());
  const bool read_all = read_.revision == moment.revision - 1 &&
                        read_.mac == std::numeric_limits<std::int64_t>::max();
  read_.revision += read_all ? 1 : 0;
  return devices;
}

Result<std::vector<Device>> SharedTables::devices_of(const EventBatch& batch) {
  std::string macs = "{";
  for (const fleet::Event& event : batch.events) {
    macs += fmt::format("{}{}", macs.size() == 1 ? "" : ",", event.mac.number);
  }
  macs += '}';
  std::vector<Device> devices;
  TRY_VOID(read_devices(database_,
                        "WHERE d.mac = ANY($1::bigint[])",
                        {std::move(macs)},
                        [&devices](Device device, std::int64_t /*revision*/) {
                          devices.push_back(std::move(device));
                        }));
  return devices;
}

Result<void> SharedTables::write_events(const EventBatch& batch,
                                        const fleet::RunsImage& runs,
                                        Moment moment,
                                        std::vector<Device>& devices) {
  std::map<Mac, Device> by_mac;
  for (Device& device : devices) {
    by_mac.emplace(device.mac, std::move(device));
  }
  std::vector<fleet::History> history;
  for (const fleet::Event& event : batch.events) {
    auto kept = fleet::merge(by_mac[event.mac], event, runs, moment.time);
    std::ranges::move(kept, std::back_inserter(history));
  }
  devices.clear();
  for (auto& [mac, device] : by_mac) {
    devices.push_back(std::move(device));
  }
  TRY_VOID(write_devices(database_, devices, moment.revision));
  return write_history(database_, history);
}

Result<std::vector<Device>> SharedTables::changed_devices(std::size_t most) {
  std::vector<Device> devices;
  Place last = read_;
  TRY_VOID(read_devices(database_,
                        "WHERE (d.revision, d.mac) > ($1, $2) ORDER BY d.revision, d.mac LIMIT $3",
                        {read_.revision, read_.mac, static_cast<std::int64_t>(most)},
                        [&](Device device, std::int64_t revision) {
                          last = {.revision = revision,
                                  .mac = static_cast<std::int64_t>(device.mac.number)};
                          devices.push_back(std::move(device));
                        }));
  // All of a revision is committed at once: below `most` the last one is complete.
  if (devices.size() < most) {
    last.mac = std::numeric_limits<std::int64_t>::max();
  }
  read_ = last;
  return devices;
}

Result<bool> SharedTables::lead() {
  if (!leads_) {
    TRY_VOID(database_.run("SELECT pg_try_advisory_lock($1)::int",
                           {kLeaderLock},
                           [this](const Row& row) { leads_ = row.number(0) == 1; }));
    // The database ends the session of a leader that hangs, and with it the lock.
    TRY_VOID(database_.run("SELECT set_config('idle_session_timeout', $1, false)",
                           {std::string(leads_ ? "8s" : "0")}));
  }
  return leads_;
}

Result<std::vector<std::string>> SharedTables::meet(const ServerSign& sign) {
  const std::string_view now = database_.now();
  TRY_VOID(database_.run(
      fmt::format("INSERT INTO otatool_servers (source, name, catalogue, seen) VALUES ($1, $2, $3, "
                  "{}) ON CONFLICT (source) DO UPDATE SET catalogue = excluded.catalogue, "
                  "seen = excluded.seen",
                  now),
      {source_, sign.name, sign.catalogue}));
  TRY_VOID(database_.run(
      fmt::format("DELETE FROM otatool_servers WHERE seen < {} - {}", now, 10 * kServerAge)));
  std::vector<std::string> others;
  TRY_VOID(database_.run(
      fmt::format("SELECT DISTINCT name FROM otatool_servers WHERE catalogue <> $1 AND "
                  "seen > {} - {} ORDER BY name",
                  now,
                  kServerAge),
      {sign.catalogue},
      [&others](const Row& row) { others.push_back(row.text(0)); }));
  return others;
}

Result<std::chrono::milliseconds> SharedTables::clock_difference() {
  std::chrono::milliseconds there{0};
  const auto before = std::chrono::steady_clock::now();
  TRY_VOID(database_.run(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
      {},
      [&there](const Row& row) { there = std::chrono::milliseconds(row.number(0)); }));
  const auto after = std::chrono::steady_clock::now();
  const auto here = before.time_since_epoch() + (after - before) / 2;
  return there - std::chrono::duration_cast<std::chrono::milliseconds>(here);
}

Result<std::int64_t> time_of(Store& store) {
  SharedStore* const shared = store.shared();
  if (shared == nullptr) {
    return unix_time();
  }
  TRY(const std::chrono::milliseconds difference, shared->clock_difference());
  const auto now = std::chrono::steady_clock::now().time_since_epoch() + difference;
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace otatool::store
