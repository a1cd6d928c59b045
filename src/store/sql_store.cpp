#include "store/sql_store.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <random>

#include "store/schema.hpp"
#include "store/statements.hpp"
#include "store/stored_rows.hpp"
#include "store/stored_values.hpp"
#include "store/transaction.hpp"

namespace otatool::store {
namespace {

using fleet::Device;
using fleet::History;
using fleet::Mac;
using fleet::Rollout;

/// Marks of servers that wrote nothing for so long are deleted, in seconds.
constexpr std::int64_t kSourceAge = std::int64_t{90} * 86400;

/// Events that one statement deletes.
constexpr std::int64_t kMostPruned = 5000;

/// The events but for those of a halt that another server has written already.
std::vector<History> without_known_halts(const std::vector<History>& events,
                                         const std::vector<Rollout>& conflicts) {
  std::vector<History> kept;
  std::ranges::copy_if(events, std::back_inserter(kept), [&conflicts](const History& event) {
    return event.mac.number != 0 || event.kind != to_string(fleet::Phase::Halted) ||
           std::ranges::none_of(conflicts, [&event](const Rollout& stored) {
             return stored.rule == event.rule && stored.phase == fleet::Phase::Halted;
           });
  });
  return kept;
}

std::string new_source() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

SqlStore::SqlStore(std::unique_ptr<Database> database, std::string source)
    : database_(std::move(database)), source_(std::move(source)) {
  if (database_->shared()) {
    shared_ = std::make_unique<SharedTables>(*database_, source_);
  }
}

Result<void> SqlStore::devices(const std::function<void(Device device)>& take) {
  if (shared_) {
    TRY_VOID(shared_->begin_at_present());
  }
  return read_devices(
      *database_, "ORDER BY d.mac", {}, [&take](Device device, std::int64_t /*revision*/) {
        take(std::move(device));
      });
}

Result<std::vector<Rollout>> SqlStore::rollouts() {
  std::vector<Rollout> rollouts;
  TRY_VOID(database_->run(
      fmt::format("SELECT {} FROM otatool_rollouts ORDER BY rule, changed", kRolloutColumns),
      {},
      [&rollouts](const Row& row) { rollouts.push_back(rollout_of(row)); }));
  return rollouts;
}

Result<std::vector<Rollout>> SqlStore::append(const fleet::Changes& changes, std::uint64_t batch) {
  TRY(Transaction transaction, Transaction::begin(*database_));
  TRY(const bool marked, mark_written(*database_, source_, batch));
  if (!marked) {
    return std::vector<Rollout>();
  }
  TRY_VOID(remove_devices(changes.removed, changes.removed_before));
  TRY_VOID(write_devices(*database_, changes.devices, 0));
  std::vector<Rollout> conflicts;
  for (const Rollout& rollout : changes.rollouts) {
    TRY(auto stored, write_rollout(rollout));
    std::ranges::move(stored, std::back_inserter(conflicts));
  }
  TRY_VOID(write_history(*database_, without_known_halts(changes.history, conflicts)));
  if (!changes.rollouts.empty()) {
    TRY_VOID(database_->tell_others());
  }
  TRY_VOID(transaction.commit());
  return conflicts;
}

Result<bool> SqlStore::change(const Rollout& rollout, const History& event) {
  TRY(Transaction transaction, Transaction::begin(*database_));
  TRY(const auto conflict, write_rollout(rollout));
  if (!conflict.empty()) {
    return false;
  }
  TRY_VOID(write_history(*database_, {event}));
  TRY_VOID(database_->tell_others());
  TRY_VOID(transaction.commit());
  return true;
}

Result<void> SqlStore::remove_devices(const std::vector<Mac>& macs, std::int64_t before) {
  std::vector<Values> rows;
  std::vector<Values> rows_with_time;
  rows.reserve(macs.size());
  rows_with_time.reserve(macs.size());
  for (const Mac mac : macs) {
    rows.push_back({static_cast<std::int64_t>(mac.number)});
    rows_with_time.push_back({static_cast<std::int64_t>(mac.number), before});
  }
  // Another server may have seen the device meanwhile. The order of the tables is that of
  // write_devices(), so that both do not wait for each other.
  TRY_VOID(database_->run_each("DELETE FROM otatool_devices WHERE mac = $1 AND seen < $2",
                               rows_with_time));
  return database_->run_each(
      "DELETE FROM otatool_progress WHERE mac = $1 AND NOT EXISTS "
      "(SELECT 1 FROM otatool_devices d WHERE d.mac = $1)",
      rows);
}

Result<std::vector<Rollout>> SqlStore::write_rollout(const Rollout& rollout) {
  Rollout next = rollout;
  ++next.revision;
  const std::string upsert =
      upsert_into("otatool_rollouts", kRolloutColumns, 2) +
      fmt::format(" WHERE otatool_rollouts.revision = ${}", names_in(kRolloutColumns).size() + 1);
  Values values = values_of(next);
  values.emplace_back(static_cast<std::int64_t>(rollout.revision));
  TRY(const std::uint64_t changed, database_->run(upsert, values));
  std::vector<Rollout> stored;
  if (changed == 0) {
    TRY_VOID(database_->run(
        fmt::format("SELECT {} FROM otatool_rollouts WHERE rule = $1 AND version = $2",
                    kRolloutColumns),
        {storable(rollout.rule), storable(rollout.version)},
        [&stored](const Row& row) { stored.push_back(rollout_of(row)); }));
  }
  return stored;
}

Result<fleet::Tally> SqlStore::tally(const Rollout& rollout) {
  fleet::Tally tally;
  const auto count = [](const char* condition) {
    return fmt::format("coalesce(sum(CASE WHEN {} THEN 1 ELSE 0 END), 0)", condition);
  };
  TRY_VOID(database_->run(
      fmt::format(
          "SELECT {}, count(*), {}, {} FROM otatool_progress WHERE rule = $2 AND version = $3",
          count("confirmed = 0 AND (not_applied > 0 OR refused = 1) AND attempt >= $1"),
          count("downloads > 0"),
          count("confirmed = 1")),
      {static_cast<std::int64_t>(rollout.retried),
       storable(rollout.rule),
       storable(rollout.version)},
      [&tally](const Row& row) {
        tally.failed = static_cast<std::size_t>(row.number(0));
        tally.offered = static_cast<std::size_t>(row.number(1));
        tally.downloaded = static_cast<std::size_t>(row.number(2));
        tally.confirmed = static_cast<std::size_t>(row.number(3));
      }));
  TRY_VOID(database_->run(
      "SELECT count(*) FROM otatool_devices d WHERE d.waits_rule = $1 AND NOT EXISTS (SELECT 1 "
      "FROM "
      "otatool_progress p WHERE p.mac = d.mac AND p.rule = d.waits_rule AND p.version = $2)",
      {storable(rollout.rule), storable(rollout.version)},
      [&tally](const Row& row) { tally.waiting = static_cast<std::size_t>(row.number(0)); }));
  return tally;
}

Result<std::vector<Mac>> SqlStore::failed(const Rollout& rollout, std::size_t most) {
  std::vector<Mac> macs;
  TRY_VOID(database_->run(
      "SELECT DISTINCT mac FROM otatool_progress WHERE rule = $1 AND version = $2 AND confirmed = "
      "0 "
      "AND (not_applied > 0 OR refused = 1) AND attempt >= $3 ORDER BY mac LIMIT $4",
      {storable(rollout.rule),
       storable(rollout.version),
       static_cast<std::int64_t>(rollout.retried),
       static_cast<std::int64_t>(most)},
      [&macs](const Row& row) { macs.push_back({static_cast<std::uint64_t>(row.number(0))}); }));
  return macs;
}

Result<std::vector<History>> SqlStore::events(const char* condition,
                                              Value value,
                                              std::size_t most) {
  std::vector<History> events;
  TRY_VOID(database_->run(
      fmt::format("SELECT {} FROM otatool_history WHERE {} ORDER BY id DESC LIMIT $2",
                  kHistoryColumns,
                  condition),
      {std::move(value), static_cast<std::int64_t>(most)},
      [&events](const Row& row) { events.push_back(store::history_of(row)); }));
  return events;
}

Result<std::vector<History>> SqlStore::history_of(Mac mac, std::size_t most) {
  return events("mac = $1", static_cast<std::int64_t>(mac.number), most);
}

Result<std::vector<History>> SqlStore::history_of(const std::string& rule, std::size_t most) {
  return events("mac = 0 AND rule = $1", storable(rule), most);
}

Result<bool> SqlStore::prune(std::int64_t before, std::size_t most) {
  const auto delete_some = [this](const char* which, std::int64_t value) {
    return database_->run(fmt::format("DELETE FROM otatool_history WHERE id IN "
                                      "(SELECT id FROM otatool_history WHERE {} LIMIT $2)",
                                      which),
                          {value, kMostPruned});
  };
  TRY(const std::uint64_t old, delete_some("time < $1 ORDER BY time", before));
  TRY(const std::uint64_t above,
      delete_some("id <= (SELECT coalesce(max(id), 0) FROM otatool_history) - $1 ORDER BY id",
                  static_cast<std::int64_t>(most)));
  // No manifest has had it for so long. A server that still knows it writes it again.
  TRY_VOID(
      database_->run("DELETE FROM otatool_rollouts WHERE active = 0 AND changed < $1", {before}));
  TRY_VOID(database_->run(
      fmt::format("DELETE FROM otatool_sources WHERE time < {} - $1", database_->now()),
      {kSourceAge}));
  return std::max(old, above) >= static_cast<std::uint64_t>(kMostPruned);
}

Result<bool> SqlStore::changed_by_others() {
  return database_->changed_by_others();
}

Result<Connection> SqlStore::restore_connection() {
  TRY(const Connection connection, database_->restore_connection());
  if (connection == Connection::Empty) {
    TRY_VOID(prepare_schema(*database_, Access::Serve));
  }
  if (shared_ && connection == Connection::Renewed) {
    shared_->on_connected();
  }
  return connection;
}

Result<std::unique_ptr<Store>> open_store(const StoreAddress& address, Access access) {
  if (address.kind == StoreAddress::Kind::None) {
    return fail(Errc::Usage, "there is no store: it is 'none'");
  }
  TRY(auto database,
      address.kind == StoreAddress::Kind::Sqlite ? open_sqlite(address.place, access)
                                                 : open_postgresql(address.place, access));
  const bool file = address.kind == StoreAddress::Kind::Sqlite;
  TRY_VOID(prepare_schema(*database, access).map_error([&](const Error& error) {
    const bool other_version = error.code() == Errc::StoreSchema;
    return file && other_version ? error.with_context(fmt::format("'{}'", address.place)) : error;
  }));
  return std::make_unique<SqlStore>(std::move(database), new_source());
}

}  // namespace otatool::store
