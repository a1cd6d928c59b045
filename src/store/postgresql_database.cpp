#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <utility>

#include "otatool/number.hpp"
#include "otatool/secret.hpp"

#include "store/database.hpp"
#include "store/libpq_library.hpp"

namespace otatool::store {
namespace {

/// Statements sent before their results are read. Requests and results must fit into the buffers
/// of the connection, because both sides wait when these are full.
constexpr std::size_t kMostPipelined = 100;
/// A notification may be lost with its connection: look nevertheless, at least this often.
constexpr std::chrono::seconds kLookAnyway{5};

struct FileSetting {
  std::string_view name;
  bool secret = false;
};
/// Settings of a connection that name a file or a folder.
constexpr std::array<FileSetting, 6> kFileSettings = {{{"sslcert"},
                                                       {"sslkey", true},
                                                       {"sslrootcert"},
                                                       {"sslcrl"},
                                                       {"sslcrldir"},
                                                       {"passfile", true}}};

/// The database frees the locks of a server that is gone or hangs within a transaction.
constexpr const char* kSettings =
    "SELECT set_config('client_min_messages', 'warning', false), "
    "set_config('client_encoding', 'UTF8', false), "
    "set_config('idle_in_transaction_session_timeout', '8s', false), "
    "set_config('lock_timeout', '20s', false), "
    "set_config('statement_timeout', '60s', false), "
    "set_config('tcp_keepalives_idle', '3', false), "
    "set_config('tcp_keepalives_interval', '2', false), "
    "set_config('tcp_keepalives_count', '2', false)";

/// The message of libpq as one line.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  std::string line;
  for (const char letter : text) {
    if (letter == '\n') {
      line += "; ";
    } else if (letter != '\t') {  // libpq indents further lines
      line += letter;
    }
  }
  return line;
}

/// Frees settings of a connection and wipes the password in them.
void free_settings(const LibpqLibrary& library, PQconninfoOption* settings) {
  for (PQconninfoOption* each = settings; each != nullptr && each->keyword != nullptr; ++each) {
    if (each->val != nullptr && std::string_view(each->keyword) == "password") {
      explicit_bzero(each->val, std::strlen(each->val));
    }
  }
  library.conninfo_free(settings);
}

/// A result that is freed.
class PostgresqlResult {
 public:
  PostgresqlResult(const LibpqLibrary& library, PGresult* result)
      : library_(library), result_(result) {}
  PostgresqlResult(const PostgresqlResult&) = delete;
  PostgresqlResult& operator=(const PostgresqlResult&) = delete;
  ~PostgresqlResult() { library_.clear(result_); }

  [[nodiscard]] PGresult* get() const { return result_; }
  [[nodiscard]] bool good() const {
    const ExecStatusType status = library_.result_status(result_);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  }

 private:
  const LibpqLibrary& library_;
  PGresult* result_;
};

class PostgresqlRow final : public Row {
 public:
  PostgresqlRow(const LibpqLibrary& library, const PGresult* result, int row)
      : library_(library), result_(result), row_(row) {}

  [[nodiscard]] std::int64_t number(int column) const override {
    const std::string digits = text(column);
    const bool negative = digits.starts_with('-');
    const auto size =
        parse_number<std::uint64_t>(std::string_view(digits).substr(negative ? 1 : 0)).value_or(0);
    return negative ? -static_cast<std::int64_t>(size) : static_cast<std::int64_t>(size);
  }
  [[nodiscard]] std::string text(int column) const override {
    return {library_.getvalue(result_, row_, column),
            static_cast<std::size_t>(library_.getlength(result_, row_, column))};
  }

 private:
  const LibpqLibrary& library_;
  const PGresult* result_;
  int row_;
};

/// Values as libpq takes them: texts that end with a zero byte.
class BoundValues {
 public:
  explicit BoundValues(const Values& values) {
    texts_.reserve(values.size());
    for (const Value& value : values) {
      const auto* number = std::get_if<std::int64_t>(&value);
      texts_.push_back(number != nullptr ? std::to_string(*number) : std::get<std::string>(value));
      pointers_.push_back(texts_.back().c_str());
    }
  }
  [[nodiscard]] int count() const { return static_cast<int>(pointers_.size()); }
  [[nodiscard]] const char* const* pointers() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

class PostgresqlDatabase final : public Database {
 public:
  PostgresqlDatabase(const LibpqLibrary& library, const std::string& uri, Access access)
      : library_(library), uri_(uri), access_(access) {}
  PostgresqlDatabase(const PostgresqlDatabase&) = delete;
  PostgresqlDatabase& operator=(const PostgresqlDatabase&) = delete;
  ~PostgresqlDatabase() override { library_.finish(connection_); }

  Result<void> open();

  Result<std::uint64_t> run(const std::string& sql,
                            const Values& values,
                            const Visit& visit) override;
  Result<void> run_each(const std::string& sql, std::span<const Values> rows) override;
  Result<void> begin() override;
  [[nodiscard]] std::string_view numbered_key() const override { return "BIGSERIAL PRIMARY KEY"; }
  [[nodiscard]] std::string_view now() const override {
    return "extract(epoch FROM now())::bigint";
  }
  [[nodiscard]] std::string_view lock_schema() const override {
    return "LOCK TABLE otatool_schema IN ACCESS EXCLUSIVE MODE";
  }
  Result<void> tell_others() override;
  Result<bool> changed_by_others() override;
  [[nodiscard]] bool shared() const override { return true; }
  [[nodiscard]] std::vector<StoreFile> files() const override;
  Result<Connection> restore_connection() override;

 private:
  [[nodiscard]] tl::unexpected<Error> failure() const {
    const bool lost = library_.status(connection_) != CONNECTION_OK;
    return fail(lost ? Errc::NetworkFailed : Errc::StoreFailed,
                "PostgreSQL: " + one_line(library_.error_message(connection_)));
  }
  [[nodiscard]] tl::unexpected<Error> failure_to_open() const;
  [[nodiscard]] Result<void> check_uri() const;
  Result<void> run_pipeline(const std::string& sql, std::span<const Values> rows);
  Result<void> read_pipeline();

  const LibpqLibrary& library_;
  Secret uri_;  ///< may hold a password
  Access access_;
  PGconn* connection_ = nullptr;
  std::chrono::steady_clock::time_point looked_;
};

/// libpq has no code for a service that it does not find before it connects.
tl::unexpected<Error> PostgresqlDatabase::failure_to_open() const {
  auto problem = failure();
  const std::string& message = problem.value().message();
  const bool service = message.find("definition of service") != std::string::npos ||
                       message.find("service file") != std::string::npos;
  return service ? fail(Errc::Usage,
                        message +
                            "; services are in ~/.pg_service.conf, or in the file that the "
                            "variable PGSERVICEFILE names")
                 : problem;
}

/// The messages of libpq about a URI quote it, and it may hold a password.
Result<void> PostgresqlDatabase::check_uri() const {
  char* message = nullptr;
  PQconninfoOption* const options = library_.conninfo_parse(uri_.reveal().data(), &message);
  library_.freemem(message);
  if (options == nullptr) {
    return fail(Errc::Usage, "the PostgreSQL URI of the store is not valid");
  }
  free_settings(library_, options);
  return {};
}

Result<void> PostgresqlDatabase::open() {
  TRY_VOID(check_uri());
  library_.finish(connection_);
  // The URI comes last, so that it overrides the others.
  const std::array<const char*, 8> keywords = {"connect_timeout",
                                               "tcp_user_timeout",
                                               "keepalives_idle",
                                               "keepalives_interval",
                                               "keepalives_count",
                                               "application_name",
                                               "dbname",
                                               nullptr};
  const std::array<const char*, 8> values = {
      "3", "8000", "3", "2", "2", "otatool", uri_.reveal().data(), nullptr};
  connection_ = library_.connectdb_params(keywords.data(), values.data(), 1);
  // Otherwise libpq prints the server's notices to stderr.
  library_.set_notice_processor(
      connection_, [](void*, const char*) {}, nullptr);
  if (library_.status(connection_) != CONNECTION_OK) {
    return failure_to_open();
  }
  auto ready = run(kSettings, {}, {});
  // Notifications fill the memory of a connection that does not look at them.
  if (ready && access_ == Access::Serve) {
    ready = run("LISTEN otatool_rollouts", {}, {});
  }
  if (!ready) {
    library_.finish(std::exchange(connection_, nullptr));
    return fail(ready.error());
  }
  looked_ = {};
  return {};
}

Result<std::uint64_t> PostgresqlDatabase::run(const std::string& sql,
                                              const Values& values,
                                              const Visit& visit) {
  const BoundValues bound(values);
  const PostgresqlResult result(
      library_,
      library_.exec_params(
          connection_, sql.c_str(), bound.count(), nullptr, bound.pointers(), nullptr, nullptr, 0));
  if (!result.good()) {
    return failure();
  }
  const int rows = library_.ntuples(result.get());
  for (int row = 0; visit && row < rows; ++row) {
    visit(PostgresqlRow(library_, result.get(), row));
  }
  return parse_number<std::uint64_t>(library_.cmd_tuples(result.get())).value_or(0);
}

Result<void> PostgresqlDatabase::run_each(const std::string& sql, std::span<const Values> rows) {
  while (!rows.empty()) {
    const std::size_t count = std::min(rows.size(), kMostPipelined);
    TRY_VOID(run_pipeline(sql, rows.first(count)));
    rows = rows.subspan(count);
  }
  return {};
}

Result<void> PostgresqlDatabase::run_pipeline(const std::string& sql,
                                              std::span<const Values> rows) {
  if (library_.enter_pipeline_mode(connection_) != 1) {
    return failure();
  }
  bool sent = true;
  for (const Values& values : rows) {
    const BoundValues bound(values);
    sent = sent && library_.send_query_params(connection_,
                                              sql.c_str(),
                                              bound.count(),
                                              nullptr,
                                              bound.pointers(),
                                              nullptr,
                                              nullptr,
                                              0) == 1;
  }
  sent = library_.pipeline_sync(connection_) == 1 && sent;
  auto read = sent ? read_pipeline() : Result<void>(failure());
  library_.exit_pipeline_mode(connection_);
  return read;
}

/// Reads all results up to the synchronisation; the first error counts.
Result<void> PostgresqlDatabase::read_pipeline() {
  Result<void> read;
  while (true) {
    const PostgresqlResult result(library_, library_.get_result(connection_));
    if (library_.status(connection_) != CONNECTION_OK) {
      return failure();
    }
    if (result.get() == nullptr) {
      continue;  // the end of one statement
    }
    if (library_.result_status(result.get()) == PGRES_PIPELINE_SYNC) {
      return read;
    }
    if (!result.good() && read) {
      read = fail(Errc::StoreFailed,
                  "PostgreSQL: " + one_line(library_.result_error_message(result.get())));
    }
  }
}

Result<void> PostgresqlDatabase::begin() {
  TRY_VOID(run("BEGIN", {}, {}));
  return {};
}

Result<void> PostgresqlDatabase::tell_others() {
  TRY_VOID(run("NOTIFY otatool_rollouts", {}, {}));
  return {};
}

Result<bool> PostgresqlDatabase::changed_by_others() {
  if (library_.consume_input(connection_) != 1) {
    return failure();
  }
  const auto now = std::chrono::steady_clock::now();
  bool changed = now - looked_ >= kLookAnyway;
  while (PGnotify* const notice = library_.notifies(connection_)) {
    changed = changed || notice->be_pid != library_.backend_pid(connection_);
    library_.freemem(notice);
  }
  looked_ = changed ? now : looked_;
  return changed;
}

std::vector<StoreFile> PostgresqlDatabase::files() const {
  std::vector<StoreFile> files;
  PQconninfoOption* const settings = library_.conninfo(connection_);
  for (const PQconninfoOption* each = settings; each != nullptr && each->keyword != nullptr;
       ++each) {
    const auto* const setting =
        std::ranges::find(kFileSettings, std::string_view(each->keyword), &FileSetting::name);
    if (setting != kFileSettings.end() && each->val != nullptr && *each->val != '\0') {
      files.push_back({.path = each->val, .secret = setting->secret});
    }
  }
  free_settings(library_, settings);
  return files;
}

Result<Connection> PostgresqlDatabase::restore_connection() {
  if (connection_ != nullptr && library_.status(connection_) == CONNECTION_OK) {
    return Connection::Kept;
  }
  TRY_VOID(open());
  return Connection::Renewed;
}

}  // namespace

Result<std::unique_ptr<Database>> open_postgresql(const std::string& uri, Access access) {
  const LibpqLibrary* const library = libpq_library();
  if (library == nullptr) {
    return fail(Errc::StoreFailed, "libpq.so.5 is not installed");
  }
  auto database = std::make_unique<PostgresqlDatabase>(*library, uri, access);
  TRY_VOID(database->open());
  return database;
}

}  // namespace otatool::store
