// The store of `serve`: which one, what it knew, and what goes there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otatool/http/operations.hpp"
#include "otatool/http/tls_resumption.hpp"
#include "otatool/result.hpp"
#include "otatool/store/store_writer.hpp"

#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/messages.hpp"
#include "cli/serve/serve_history.hpp"

namespace otatool::cli {

inline constexpr Option kStoreOption{
    .name = "store",
    .value = "URI",
    .help = "where to keep devices: sqlite:FILE, postgresql://..., none (default: a SQLite file)"};
inline constexpr Option kKeepOption{
    .name = "keep", .value = "DAYS", .help = "days for which events are kept (90)"};

class ServeStore {
 public:
  /// Opens the store that the options name and gives `operations` what it holds. Usage,
  /// StoreFailed, NetworkFailed; without --store a store that cannot be opened is only reported.
  /// `served_folder` must not contain the file of a store; empty: no folder is served.
  [[nodiscard]] static Result<ServeStore> open(Invocation& invocation,
                                               http::Operations& operations,
                                               const std::string& served_folder);

  /// Starts writing. Call it after the process has given up its rights.
  /// `resumption`: gets the TLS sessions of other servers, and must outlive the store; may be null.
  void start(const http::Catalogue& catalogue, http::TlsResumption* resumption);
  /// The server serves this now.
  void on_catalogue(const http::Catalogue& catalogue);
  /// Seconds since 1970, by the clock of a database that several servers share.
  [[nodiscard]] std::int64_t time() const;
  /// Exchanges changes; several times a second.
  void on_tick();
  /// Writes what is left.
  void finish();

  /// The folder of a SQLite file, or of the spool; empty without one.
  [[nodiscard]] std::string folder() const;
  /// Files that a new connection to the database reads.
  [[nodiscard]] const std::vector<store::StoreFile>& files() const { return files_; }
  /// Whether the server connects to a database.
  [[nodiscard]] bool connects() const {
    return address_.kind == store::StoreAddress::Kind::Postgresql;
  }

 private:
  ServeStore(Messages& messages, http::Operations& operations)
      : messages_(&messages), operations_(&operations) {}

  Result<void> restore(const std::string& path);
  void take_news();
  void take_shared_news(store::SharedNews& news);
  void share_events();
  void exchange_tls(store::SharedNews& news);
  void warn_of_others();
  void warn_of_lost_events();
  void prune();

  Messages* messages_;
  http::Operations* operations_;
  http::TlsResumption* resumption_ = nullptr;
  store::StoreAddress address_;
  store::WriterOptions options_;
  std::vector<store::StoreFile> files_;
  std::unique_ptr<store::Store> store_;  ///< until start()
  std::unique_ptr<store::StoreWriter> writer_;
  bool shares_ = false;  ///< the store is one of several servers
  std::chrono::milliseconds clock_difference_{0};
  bool warned_of_lost_events_ = false;
  std::vector<std::string> others_;  ///< servers that serve something else
  bool warned_of_others_ = false;
  std::optional<std::chrono::steady_clock::time_point> differs_since_;
  std::unique_ptr<ServeHistory> history_;
  std::int64_t pruned_ = 0;
};

}  // namespace otatool::cli
