// Keys and sessions of TLS in the tables that servers share.
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "otatool/bytes.hpp"

#include "store/shared_tables.hpp"

namespace otatool::store {
namespace {

constexpr std::size_t kNameBytes = 16;
constexpr std::size_t kSecretBytes = 64;
/// Seconds for which a key is the newest.
constexpr int kKeyAge = 3600;

/// Hexadecimal of `count` random bytes.
std::string random_text(std::size_t count) {
  std::string bytes(count, '\0');
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::system_category(), "getentropy");
  }
  std::string text = to_hex(as_bytes(bytes));
  Secret::cleanse(bytes);
  return text;
}

/// The bytes of hexadecimal text, which is overwritten.
std::string bytes_of(std::string text) {
  auto bytes = from_hex(text);
  Secret::cleanse(text);
  std::string result;
  if (bytes) {
    result.assign(bytes->begin(), bytes->end());
    explicit_bzero(bytes->data(), bytes->size());
  }
  return result;
}

}  // namespace

Result<std::vector<SharedKey>> SharedTables::ticket_keys(bool leads) {
  std::int64_t young = 0;
  TRY_VOID(
      database_.run(fmt::format("SELECT count(*) FROM otatool_ticket_keys WHERE made > {} - {}",
                                database_.now(),
                                kKeyAge),
                    {},
                    [&young](const Row& row) { young = row.number(0); }));
  if (leads && young == 0) {
    Values values = {random_text(kNameBytes), random_text(kSecretBytes)};
    const auto made = database_.run(
        fmt::format("INSERT INTO otatool_ticket_keys (name, secret, made) VALUES ($1, $2, {})",
                    database_.now()),
        values);
    Secret::cleanse(std::get<std::string>(values.back()));
    TRY_VOID(made);
    TRY_VOID(
        database_.run("DELETE FROM otatool_ticket_keys WHERE name NOT IN (SELECT name FROM "
                      "otatool_ticket_keys ORDER BY made DESC LIMIT 2)"));
  }
  std::vector<SharedKey> keys;
  TRY_VOID(database_.run("SELECT name, secret FROM otatool_ticket_keys ORDER BY made DESC LIMIT 2",
                         {},
                         [&keys](const Row& row) {
                           keys.push_back({.name = bytes_of(row.text(0)),
                                           .secret = Secret(bytes_of(row.text(1)))});
                         }));
  return keys;
}

Result<void> SharedTables::add_sessions(const std::vector<SharedSession>& sessions, bool leads) {
  std::vector<Values> rows;
  rows.reserve(sessions.size());
  for (const SharedSession& session : sessions) {
    rows.push_back(
        {to_hex(as_bytes(session.id)), to_hex(as_bytes(session.content.reveal())), source_});
  }
  auto added = database_.run_each(
      "INSERT INTO otatool_tls_sessions (id, content, source) VALUES ($1, $2, $3)", rows);
  for (Values& values : rows) {
    Secret::cleanse(std::get<std::string>(values[1]));
  }
  if (added && leads) {
    return database_
        .run(
            "DELETE FROM otatool_tls_sessions WHERE serial <= (SELECT coalesce(max(serial), 0) "
            "FROM otatool_tls_sessions) - $1",
            {kMostSessions})
        .map([](std::uint64_t) {});
  }
  return added;
}

Result<std::vector<SharedSession>> SharedTables::new_sessions(std::size_t most) {
  std::vector<SharedSession> sessions;
  TRY_VOID(database_.run(
      "SELECT serial, id, content FROM otatool_tls_sessions WHERE serial > $1 "
      "AND source <> $2 ORDER BY serial LIMIT $3",
      {session_, source_, static_cast<std::int64_t>(most)},
      [&](const Row& row) {
        session_ = row.number(0);
        sessions.push_back({.id = bytes_of(row.text(1)), .content = Secret(bytes_of(row.text(2)))});
      }));
  return sessions;
}

}  // namespace otatool::store
