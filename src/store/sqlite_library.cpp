#include "store/sqlite_library.hpp"

#include <optional>

#include "store/loaded_library.hpp"

namespace otatool::store {
namespace {

std::optional<SqliteLibrary> load_sqlite() {
  void* const library = dlopen("libsqlite3.so.0", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    return std::nullopt;
  }
  SqliteLibrary found{};
  const bool all = find_function(library, "sqlite3_bind_int64", found.bind_int64) &&
                   find_function(library, "sqlite3_bind_text", found.bind_text) &&
                   find_function(library, "sqlite3_busy_timeout", found.busy_timeout) &&
                   find_function(library, "sqlite3_changes", found.changes) &&
                   find_function(library, "sqlite3_clear_bindings", found.clear_bindings) &&
                   find_function(library, "sqlite3_close_v2", found.close_v2) &&
                   find_function(library, "sqlite3_column_bytes", found.column_bytes) &&
                   find_function(library, "sqlite3_column_int64", found.column_int64) &&
                   find_function(library, "sqlite3_column_text", found.column_text) &&
                   find_function(library, "sqlite3_errmsg", found.errmsg) &&
                   find_function(library, "sqlite3_finalize", found.finalize) &&
                   find_function(library, "sqlite3_open_v2", found.open_v2) &&
                   find_function(library, "sqlite3_prepare_v2", found.prepare_v2) &&
                   find_function(library, "sqlite3_reset", found.reset) &&
                   find_function(library, "sqlite3_step", found.step);
  return all ? std::optional(found) : std::nullopt;
}

}  // namespace

const SqliteLibrary* sqlite_library() {
  static const std::optional<SqliteLibrary> kLibrary = load_sqlite();
  return kLibrary ? &*kLibrary : nullptr;
}

}  // namespace otatool::store
