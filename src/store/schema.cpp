#include "store/schema.hpp"

#include <array>
#include <fmt/format.h>
#include <span>

#include "store/transaction.hpp"

namespace otatool::store {
namespace {

// Statements of version 1. `{key}` is the type of a key that the database numbers.
constexpr std::array kVersion1 = {
    "CREATE TABLE otatool_devices (mac BIGINT PRIMARY KEY, chip TEXT NOT NULL, slot BIGINT NOT "
    "NULL, "
    "state TEXT NOT NULL, state_since BIGINT NOT NULL, address TEXT NOT NULL, version TEXT NOT "
    "NULL, "
    "md5 TEXT NOT NULL, offered TEXT NOT NULL, reason TEXT NOT NULL, status BIGINT NOT NULL, "
    "requests BIGINT NOT NULL, downloads BIGINT NOT NULL, seen BIGINT NOT NULL, "
    "waits_rule TEXT NOT NULL)",
    "CREATE TABLE otatool_progress (mac BIGINT NOT NULL, slot BIGINT NOT NULL, rule TEXT NOT NULL, "
    "version TEXT NOT NULL, sha256 TEXT NOT NULL, md5 TEXT NOT NULL, downloads BIGINT NOT NULL, "
    "not_applied BIGINT NOT NULL, downloaded BIGINT NOT NULL, attempt BIGINT NOT NULL, "
    "pending BIGINT NOT NULL, confirmed BIGINT NOT NULL, refused BIGINT NOT NULL, "
    "PRIMARY KEY (mac, slot))",
    "CREATE INDEX otatool_progress_rollout ON otatool_progress (rule, version)",
    "CREATE TABLE otatool_rollouts (rule TEXT NOT NULL, version TEXT NOT NULL, stages TEXT NOT "
    "NULL, "
    "stage_time BIGINT NOT NULL, stage_confirmed BIGINT NOT NULL, halt_permille BIGINT NOT NULL, "
    "phase TEXT NOT NULL, percent BIGINT NOT NULL, elapsed BIGINT NOT NULL, changed BIGINT NOT "
    "NULL, "
    "reason TEXT NOT NULL, excused_failed BIGINT NOT NULL, excused_downloaded BIGINT NOT NULL, "
    "attempt BIGINT NOT NULL, active BIGINT NOT NULL, revision BIGINT NOT NULL, "
    "PRIMARY KEY (rule, version))",
    "CREATE TABLE otatool_history (id {key}, time BIGINT NOT NULL, mac BIGINT NOT NULL, "
    "rule TEXT NOT NULL, kind TEXT NOT NULL, version_from TEXT NOT NULL, version_to TEXT NOT NULL, "
    "bytes BIGINT NOT NULL, reason TEXT NOT NULL, changed_by TEXT NOT NULL)",
    "CREATE INDEX otatool_history_time ON otatool_history (time)",
    "CREATE INDEX otatool_history_mac ON otatool_history (mac, id)",
    "CREATE INDEX otatool_history_rule ON otatool_history (rule, id)",
    "CREATE TABLE otatool_sources (source TEXT PRIMARY KEY, batch BIGINT NOT NULL, "
    "time BIGINT NOT NULL)",
};

// Several servers: revisions rise with each merge, in the order of commits.
constexpr std::array kVersion2 = {
    "ALTER TABLE otatool_devices ADD COLUMN revision BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX otatool_devices_revision ON otatool_devices (revision, mac)",
    "CREATE TABLE otatool_revision (revision BIGINT NOT NULL)",
    "INSERT INTO otatool_revision (revision) VALUES (0)",
    "CREATE TABLE otatool_servers (source TEXT PRIMARY KEY, name TEXT NOT NULL, "
    "catalogue TEXT NOT NULL, seen BIGINT NOT NULL)",
};

// TLS of several servers; names and secrets in hexadecimal.
constexpr std::array kVersion3 = {
    "CREATE TABLE otatool_ticket_keys (name TEXT PRIMARY KEY, secret TEXT NOT NULL, "
    "made BIGINT NOT NULL)",
    "CREATE TABLE otatool_tls_sessions (serial {key}, id TEXT NOT NULL, content TEXT NOT NULL, "
    "source TEXT NOT NULL)",
};

// Failures are excused by their attempt, not by their number.
constexpr std::array kVersion4 = {
    "ALTER TABLE otatool_rollouts RENAME COLUMN excused_failed TO retried",
    "UPDATE otatool_rollouts SET retried = attempt",
};

/// The steps from each version to the next; a later version appends one.
constexpr std::array<std::span<const char* const>, 4> kSteps = {
    kVersion1, kVersion2, kVersion3, kVersion4};
constexpr auto kNewest = static_cast<std::int64_t>(kSteps.size());

Result<void> make_version_table(Database& database) {
  const std::string table = "CREATE TABLE IF NOT EXISTS otatool_schema (version BIGINT NOT NULL)";
  // PostgreSQL does not wait for another program that creates the same table at this moment: then
  // one of both fails here, and succeeds at the second attempt.
  if (!database.run(table)) {
    TRY_VOID(database.run(table));
  }
  return {};
}

Result<void> take_step(Database& database, std::span<const char* const> step) {
  for (const char* const statement : step) {
    TRY_VOID(database.run(
        fmt::format(fmt::runtime(statement), fmt::arg("key", database.numbered_key()))));
  }
  return {};
}

/// Takes the steps from `version` to kNewest.
Result<void> migrate(Database& database, std::int64_t version) {
  for (const auto& step : std::span(kSteps).subspan(static_cast<std::size_t>(version))) {
    TRY_VOID(take_step(database, step));
  }
  TRY_VOID(database.run("DELETE FROM otatool_schema"));
  TRY_VOID(database.run("INSERT INTO otatool_schema (version) VALUES ($1)", {kNewest}));
  return {};
}

}  // namespace

Result<void> prepare_schema(Database& database, Access access) {
  TRY_VOID(access == Access::Serve
               ? make_version_table(database)
               : database.run("SELECT version FROM otatool_schema").map([](std::uint64_t) {}));
  TRY(Transaction transaction, Transaction::begin(database));
  TRY_VOID(database.run(std::string(database.lock_schema())));
  std::int64_t version = 0;
  TRY_VOID(database.run("SELECT version FROM otatool_schema", {}, [&version](const Row& row) {
    version = row.number(0);
  }));
  if (version > kNewest) {
    return fail(
        Errc::StoreSchema,
        fmt::format(
            "the store has schema {}, this program knows schemas up to {}", version, kNewest));
  }
  if (version == kNewest) {
    return transaction.commit();
  }
  if (access == Access::Manage) {
    return fail(
        Errc::StoreSchema,
        fmt::format("the store has schema {} of an older 'otatool serve'; restart the server "
                    "with this version of otatool: it brings the store to schema {}",
                    version,
                    kNewest));
  }
  TRY_VOID(migrate(database, version));
  return transaction.commit();
}

}  // namespace otatool::store
