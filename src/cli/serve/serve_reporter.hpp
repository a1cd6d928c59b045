// What `serve` says while it runs: the access log, as text or JSON, and what happens to catalogue
// and server. Times come from the clock here and go to the server's books.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "otatool/http/operations.hpp"
#include "otatool/http/server.hpp"
#include "otatool/result.hpp"

#include "app/library/served_library.hpp"
#include "cli/io/messages.hpp"
#include "files/descriptor.hpp"

namespace otatool::cli {

enum class LogFormat { Text, Json };

/// A log file that is written a line at a time, so that others can rename it away and ask for a new
/// one.
class AccessLog {
 public:
  /// OutputFailed.
  [[nodiscard]] static Result<AccessLog> open(const std::string& path);
  /// OutputFailed: the line is lost.
  Result<void> write(const std::string& line);
  /// Opens the path anew; goes on with the old file if that fails.
  void reopen();

 private:
  AccessLog(std::string path, files::Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  files::Descriptor file_;
  bool torn_ = false;  ///< it ends within a line
};

class ServeReporter final : public http::ServerObserver {
 public:
  /// All must outlive the reporter. Without `log`, requests are reported on stdout.
  ServeReporter(Messages& messages, app::ServedLibrary& library, http::Operations& operations);

  void use(AccessLog log, LogFormat format);
  /// Writes the requests to stdout in this form.
  void use_output(LogFormat format) { output_format_ = format; }
  /// Called when the reader of stdout has gone.
  void set_stop(std::function<void()> stop) { stop_ = std::move(stop); }

  /// Called once when the server begins to stop.
  void set_farewell(std::function<void()> farewell) { farewell_ = std::move(farewell); }

  void on_download_started(const http::RequestRecord& record) override;
  void on_request(const http::RequestRecord& record) override;
  void on_tick(std::size_t connections) override;
  void on_refused_connection() override;
  void on_hangup() override;
  void on_stopping(std::size_t downloads) override;

  /// Says what was served in all.
  void summarize();

 private:
  void on_change(app::ServedLibrary::Change change);
  void log(const std::string& line);

  Messages& messages_;
  app::ServedLibrary& library_;
  http::Operations& operations_;
  std::optional<AccessLog> log_;
  bool log_fails_ = false;
  LogFormat log_format_ = LogFormat::Text;
  LogFormat output_format_ = LogFormat::Text;
  std::function<void()> stop_;
  std::function<void()> farewell_;
  std::uint64_t requests_ = 0;
  std::uint64_t bytes_ = 0;
};

/// One line for people: when, who, what, how it ended. What clients say of themselves stands in
/// quotes if it could be taken for something else.
[[nodiscard]] std::string access_text(const http::RequestRecord& record);
/// The same as a `request` event (cli.md), as one line without its end.
[[nodiscard]] std::string access_json(const http::RequestRecord& record);

}  // namespace otatool::cli
