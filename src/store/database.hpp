// A connection to a SQL database: statements with bound values, and their rows. Both engines take
// the same statements; values are `$1`, `$2` and so on, in the order in which they first appear.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "otatool/result.hpp"
#include "otatool/store/store.hpp"

namespace otatool::store {

using Value = std::variant<std::int64_t, std::string>;
using Values = std::vector<Value>;

/// A row of a result; columns count from 0.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual std::int64_t number(int column) const = 0;
  [[nodiscard]] virtual std::string text(int column) const = 0;
};
using Visit = std::function<void(const Row&)>;

class Database {
 public:
  virtual ~Database() = default;
  /// Performs one statement; returns how many rows it changed.
  virtual Result<std::uint64_t> run(const std::string& sql,
                                    const Values& values = {},
                                    const Visit& visit = {}) = 0;
  /// Performs a statement for each of `rows`, with few round trips.
  virtual Result<void> run_each(const std::string& sql, std::span<const Values> rows) = 0;
  /// Begins a transaction that writes.
  virtual Result<void> begin() = 0;
  /// The type of a key that the database numbers.
  [[nodiscard]] virtual std::string_view numbered_key() const = 0;
  /// Seconds since 1970 by the clock of the database, as an expression.
  [[nodiscard]] virtual std::string_view now() const = 0;
  /// A statement that keeps other programs from changing the schema until the transaction ends.
  [[nodiscard]] virtual std::string_view lock_schema() const = 0;
  /// Tells others, when the transaction ends, that rollouts have changed.
  virtual Result<void> tell_others() = 0;
  virtual Result<bool> changed_by_others() = 0;
  /// Whether several servers may use the database at once.
  [[nodiscard]] virtual bool shared() const = 0;
  /// Store::files().
  [[nodiscard]] virtual std::vector<StoreFile> files() const { return {}; }
  /// Store::restore_connection(), without the schema.
  virtual Result<Connection> restore_connection() = 0;
};

[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, Access access);
[[nodiscard]] Result<std::unique_ptr<Database>> open_postgresql(const std::string& uri,
                                                                Access access);

}  // namespace otatool::store
