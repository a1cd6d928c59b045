// Loads libsqlite3 when a store is opened: no other command needs it.
#pragma once

#include <sqlite3.h>

namespace otatool::store {

/// The functions of the library, by their names without `sqlite3_`.
struct SqliteLibrary {
  decltype(&sqlite3_bind_int64) bind_int64;
  decltype(&sqlite3_bind_text) bind_text;
  decltype(&sqlite3_busy_timeout) busy_timeout;
  decltype(&sqlite3_changes) changes;
  decltype(&sqlite3_clear_bindings) clear_bindings;
  decltype(&sqlite3_close_v2) close_v2;
  decltype(&sqlite3_column_bytes) column_bytes;
  decltype(&sqlite3_column_int64) column_int64;
  decltype(&sqlite3_column_text) column_text;
  decltype(&sqlite3_errmsg) errmsg;
  decltype(&sqlite3_finalize) finalize;
  decltype(&sqlite3_open_v2) open_v2;
  decltype(&sqlite3_prepare_v2) prepare_v2;
  decltype(&sqlite3_reset) reset;
  decltype(&sqlite3_step) step;
};

/// The library, which stays loaded; null if it is not installed. Thread-safe.
[[nodiscard]] const SqliteLibrary* sqlite_library();

}  // namespace otatool::store
