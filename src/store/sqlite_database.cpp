#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "store/database.hpp"
#include "store/sqlite_library.hpp"

namespace otatool::store {
namespace {

/// For a lock of another program, in the thread that writes.
constexpr int kBusyMilliseconds = 1000;

/// A descriptor that holds a lock while it is open.
class LockFile {
 public:
  LockFile() = default;
  explicit LockFile(const std::string& name)
      : number_(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  LockFile& operator=(LockFile&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~LockFile() {
    if (valid()) {
      ::close(number_);
    }
  }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  [[nodiscard]] bool lock() const { return flock(number_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int number_ = -1;
};

class SqliteRow final : public Row {
 public:
  SqliteRow(const SqliteLibrary& library, sqlite3_stmt* statement)
      : library_(library), statement_(statement) {}

  [[nodiscard]] std::int64_t number(int column) const override {
    return library_.column_int64(statement_, column);
  }
  [[nodiscard]] std::string text(int column) const override {
    const auto* bytes = library_.column_text(statement_, column);
    const int size = library_.column_bytes(statement_, column);
    return bytes == nullptr
               ? std::string()
               : std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }

 private:
  const SqliteLibrary& library_;
  sqlite3_stmt* statement_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const SqliteLibrary& library, std::string path, Access access)
      : library_(library), path_(std::move(path)), access_(access) {}
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  ~SqliteDatabase() override { close(); }

  Result<void> open();

  Result<std::uint64_t> run(const std::string& sql,
                            const Values& values,
                            const Visit& visit) override;
  Result<void> run_each(const std::string& sql, std::span<const Values> rows) override;
  Result<void> begin() override;
  [[nodiscard]] std::string_view numbered_key() const override { return "INTEGER PRIMARY KEY"; }
  [[nodiscard]] std::string_view now() const override {
    return "CAST(strftime('%s', 'now') AS INTEGER)";
  }
  // BEGIN IMMEDIATE has locked the file.
  [[nodiscard]] std::string_view lock_schema() const override { return "SELECT 1"; }
  Result<void> tell_others() override { return {}; }
  Result<bool> changed_by_others() override;
  [[nodiscard]] bool shared() const override { return false; }
  Result<Connection> restore_connection() override;

 private:
  [[nodiscard]] tl::unexpected<Error> failure() const {
    return fail(Errc::StoreFailed, fmt::format("'{}': {}", path_, library_.errmsg(database_)));
  }
  Result<void> lock_out_other_servers();
  Result<void> configure();
  Result<sqlite3_stmt*> prepared(const std::string& sql);
  [[nodiscard]] bool is_the_opened_file() const;
  void close();

  const SqliteLibrary& library_;
  std::string path_;
  Access access_;
  LockFile lock_;
  sqlite3* database_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
  std::int64_t data_version_ = -1;
  dev_t device_ = 0;
  ino_t file_ = 0;
};

/// Two servers with the same file would overwrite each other's devices.
Result<void> SqliteDatabase::lock_out_other_servers() {
  if (access_ != Access::Serve || lock_.valid()) {
    return {};
  }
  const std::string name = path_ + "-lock";
  LockFile lock(name);
  if (!lock.valid()) {
    return fail(Errc::StoreFailed, fmt::format("'{}': {}", name, std::strerror(errno)));
  }
  if (!lock.lock()) {
    return fail(Errc::StoreInUse, fmt::format("'{}' is in use by another server", path_));
  }
  lock_ = std::move(lock);
  return {};
}

Result<void> SqliteDatabase::open() {
  TRY_VOID(lock_out_other_servers());
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                    (access_ == Access::Serve ? SQLITE_OPEN_CREATE : 0);
  if (library_.open_v2(path_.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
    auto problem = failure();
    close();
    return problem;
  }
  library_.busy_timeout(database_, kBusyMilliseconds);
  auto configured = configure();
  if (!configured) {
    close();
  }
  return configured;
}

Result<void> SqliteDatabase::configure() {
  bool wal = false;
  TRY_VOID(
      run("PRAGMA journal_mode = WAL", {}, [&wal](const Row& row) { wal = row.text(0) == "wal"; }));
  if (!wal) {
    return fail(Errc::StoreFailed,
                fmt::format("'{}': this file system cannot hold a store", path_));
  }
  // A commit survives the end of the process; the loss of power may undo the last ones.
  for (const char* setting : {"PRAGMA synchronous = NORMAL", "PRAGMA temp_store = MEMORY"}) {
    TRY_VOID(run(setting, {}, {}));
  }
  struct stat facts {};
  if (stat(path_.c_str(), &facts) == 0) {
    device_ = facts.st_dev;
    file_ = facts.st_ino;
  }
  return {};
}

void SqliteDatabase::close() {
  for (const auto& [sql, statement] : statements_) {
    library_.finalize(statement);
  }
  statements_.clear();
  library_.close_v2(std::exchange(database_, nullptr));
}

Result<sqlite3_stmt*> SqliteDatabase::prepared(const std::string& sql) {
  if (database_ == nullptr) {
    return fail(Errc::StoreFailed, fmt::format("'{}' is not open", path_));
  }
  const auto known = statements_.find(sql);
  if (known != statements_.end()) {
    return known->second;
  }
  sqlite3_stmt* statement = nullptr;
  if (library_.prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return failure();
  }
  statements_.emplace(sql, statement);
  return statement;
}

Result<std::uint64_t> SqliteDatabase::run(const std::string& sql,
                                          const Values& values,
                                          const Visit& visit) {
  TRY(sqlite3_stmt* const statement, prepared(sql));
  int index = 0;
  for (const Value& value : values) {
    ++index;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      library_.bind_int64(statement, index, *number);
    } else {
      const auto& text = std::get<std::string>(value);
      library_.bind_text(
          statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
  }
  const SqliteRow row(library_, statement);
  int step = library_.step(statement);
  for (; step == SQLITE_ROW; step = library_.step(statement)) {
    if (visit) {
      visit(row);
    }
  }
  Result<std::uint64_t> done = static_cast<std::uint64_t>(library_.changes(database_));
  if (step != SQLITE_DONE) {
    done = failure();
  }
  library_.reset(statement);
  library_.clear_bindings(statement);
  return done;
}

Result<void> SqliteDatabase::run_each(const std::string& sql, std::span<const Values> rows) {
  for (const Values& values : rows) {
    TRY_VOID(run(sql, values, {}));
  }
  return {};
}

Result<void> SqliteDatabase::begin() {
  // Without IMMEDIATE, a transaction that reads first fails at once if another program writes.
  TRY_VOID(run("BEGIN IMMEDIATE", {}, {}));
  return {};
}

Result<bool> SqliteDatabase::changed_by_others() {
  std::int64_t version = 0;
  TRY_VOID(run("PRAGMA data_version", {}, [&version](const Row& row) { version = row.number(0); }));
  return std::exchange(data_version_, version) != version;
}

bool SqliteDatabase::is_the_opened_file() const {
  struct stat facts {};
  return stat(path_.c_str(), &facts) == 0 && facts.st_dev == device_ && facts.st_ino == file_;
}

Result<Connection> SqliteDatabase::restore_connection() {
  if (database_ != nullptr && is_the_opened_file()) {
    return Connection::Kept;
  }
  close();
  data_version_ = -1;
  TRY_VOID(open());
  return Connection::Empty;
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, Access access) {
  const SqliteLibrary* const library = sqlite_library();
  if (library == nullptr) {
    return fail(Errc::StoreFailed, "libsqlite3.so.0 is not installed");
  }
  auto database = std::make_unique<SqliteDatabase>(*library, path, access);
  TRY_VOID(database->open());
  return database;
}

}  // namespace otatool::store
