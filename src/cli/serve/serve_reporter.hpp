// The output of a running `serve`: the access log, and the events of catalogue and
// server. Passes the time of the clock to the server's statistics.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/http/operations.hpp"
#include "otatool/http/server.hpp"
#include "otatool/result.hpp"

#include "app/library/served_library.hpp"
#include "cli/io/messages.hpp"
#include "cli/serve/access_line.hpp"
#include "cli/serve/serve_store.hpp"
#include "cli/serve/service_manager.hpp"
#include "files/descriptor.hpp"

namespace otatool::cli {

/// A log file written line by line. Another program may rename the file and have it reopened.
class AccessLog {
 public:
  /// OutputFailed.
  [[nodiscard]] static Result<AccessLog> open(const std::string& path);
  /// Appends a line. OutputFailed; the line is lost.
  Result<void> write(std::string_view line);
  /// Opens the path again; keeps the old file if that fails.
  void reopen();

 private:
  AccessLog(std::string path, files::Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  files::Descriptor file_;
  std::string whole_;  ///< the line that is being written
  bool torn_ = false;  ///< the file ends within a line
};

class ServeReporter final : public http::ServerObserver {
 public:
  /// All references must outlive the reporter. Without use(), requests are reported on stdout.
  /// Connects to the service manager, which a sandbox may forbid later.
  ServeReporter(Messages& messages, app::ServedLibrary& library, http::Operations& operations);

  void use(AccessLog log, LogFormat format);
  /// Exchanges changes with `store`, which must outlive the reporter's use by a server.
  void use(ServeStore& store) { store_ = &store; }
  /// Reports requests on stdout in this format.
  void use_output(LogFormat format) { output_format_ = format; }
  /// `stop` is called when the reader of stdout has closed it.
  void set_stop(std::function<void()> stop) { stop_ = std::move(stop); }
  /// `on_stop` is called once when the server begins to stop.
  void set_on_stop(std::function<void()> on_stop) { on_stop_ = std::move(on_stop); }

  /// `on_hangup` is called for each SIGHUP.
  void set_on_hangup(std::function<void()> on_hangup) { on_hangup_ = std::move(on_hangup); }

  void on_download_started(const http::RequestRecord& record) override;
  void on_request(const http::RequestRecord& record) override;
  void on_tick(std::size_t connections) override;
  void on_refused_connection() override;
  void on_hangup() override;
  void on_stopping(std::size_t downloads) override;

  /// Tells the service manager that the server answers at this port.
  void on_ready(std::uint16_t port) const;
  /// Reports the totals.
  void summarize();

 private:
  void on_change(app::ServedLibrary::Change change);
  void log(std::string_view line);

  Messages& messages_;
  app::ServedLibrary& library_;
  http::Operations& operations_;
  ServiceManager manager_;
  ServeStore* store_ = nullptr;
  std::optional<AccessLog> log_;
  bool log_fails_ = false;
  bool warned_of_devices_ = false;
  AccessLines lines_;
  LogFormat log_format_ = LogFormat::Text;
  LogFormat output_format_ = LogFormat::Text;
  std::function<void()> stop_;
  std::function<void()> on_stop_;
  std::function<void()> on_hangup_;
  std::uint64_t requests_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace otatool::cli
