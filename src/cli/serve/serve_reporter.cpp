#include "cli/serve/serve_reporter.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>
#include <utility>

#include "otatool/unix_time.hpp"

#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

std::string timestamp(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// Version or MD5 of the sketch that the device runs; may be empty.
std::string had(const http::RequestRecord& record) {
  if (!record.account.device) {
    return {};
  }
  const http::DeviceRequest& device = *record.account.device;
  return device.version.empty() ? device.sketch_md5 : device.version;
}

nlohmann::json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

nlohmann::json event_of(const http::RequestRecord& record) {
  const auto& device = record.account.device;
  return {{"event", "request"},
          {"time", record.time},
          {"client", record.client},
          {"device", device ? nlohmann::json(device->station_mac) : nlohmann::json()},
          {"chip", device ? nlohmann::json(to_string(device->family)) : nlohmann::json()},
          {"mode", device ? nlohmann::json(http::to_string(device->mode)) : nlohmann::json()},
          {"method", record.method},
          {"path", record.account.path},
          {"status", record.status},
          {"bytes", record.bytes},
          {"complete", record.complete},
          {"seconds", record.seconds},
          {"had", text_or_null(had(record))},
          {"offered", text_or_null(record.account.offered)},
          {"reason", text_or_null(record.account.reason)}};
}

/// A text sent by a client as one word: quoted unless all its characters are visible ASCII.
std::string word(const std::string& text) {
  const auto is_plain = [](char letter) {
    return letter > ' ' && letter <= '~' && letter != '"' && letter != '\\';
  };
  if (text.empty() || std::ranges::all_of(text, is_plain)) {
    return text.empty() ? "-" : text;
  }
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') {
      quoted += '\\';
    }
    quoted += letter;
  }
  return printable(quoted + '"');
}

int open_log(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

}  // namespace

Result<AccessLog> AccessLog::open(const std::string& path) {
  files::Descriptor file(open_log(path));
  if (!file.valid()) {
    return fail(Errc::OutputFailed, fmt::format("'{}': {}", path, std::strerror(errno)));
  }
  return AccessLog(path, std::move(file));
}

Result<void> AccessLog::write(const std::string& line) {
  // After an incomplete line the next one starts on a new line.
  const std::string whole = (torn_ ? "\n" : "") + line + "\n";
  std::size_t done = 0;
  while (done < whole.size()) {
    const ssize_t got = ::write(file_.number(), whole.data() + done, whole.size() - done);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      torn_ = torn_ || done > 0;
      return fail(Errc::OutputFailed, fmt::format("'{}': {}", path_, std::strerror(errno)));
    }
    done += static_cast<std::size_t>(got);
  }
  torn_ = false;
  return {};
}

void AccessLog::reopen() {
  files::Descriptor file(open_log(path_));
  if (file.valid()) {
    file_ = std::move(file);
    torn_ = false;
  }
}

std::string access_text(const http::RequestRecord& record) {
  const auto& device = record.account.device;
  std::string line = fmt::format("{} {} {} {} {} {} {} bytes {:.3f} s {}",
                                 timestamp(record.time),
                                 record.client,
                                 device ? word(device->station_mac) : "-",
                                 word(record.method),
                                 word(record.account.path),
                                 record.status,
                                 record.bytes,
                                 record.seconds,
                                 record.complete ? "complete" : "incomplete");
  const std::string runs = had(record);
  if (!runs.empty()) {
    line += ", had " + word(runs);
  }
  if (!record.account.offered.empty()) {
    line += ", offered " + word(record.account.offered);
  }
  if (!record.account.reason.empty()) {
    line += " (" + record.account.reason + ")";
  }
  return printable(line);
}

std::string access_json(const http::RequestRecord& record) {
  return event_of(record).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ServeReporter::ServeReporter(Messages& messages,
                             app::ServedLibrary& library,
                             http::Operations& operations)
    : messages_(messages), library_(library), operations_(operations) {
  operations_.on_reload(library.loaded().catalogue->rules.size(), {});
}

void ServeReporter::use(AccessLog log, LogFormat format) {
  log_ = std::move(log);
  log_format_ = format;
}

void ServeReporter::on_download_started(const http::RequestRecord& record) {
  operations_.on_download_started(record);
}

void ServeReporter::on_request(const http::RequestRecord& record) {
  operations_.on_request(record);
  ++requests_;
  bytes_ += record.bytes;
  if (log_) {
    log(log_format_ == LogFormat::Json ? access_json(record) : access_text(record));
  }
  if (messages_.json()) {
    messages_.json_line(event_of(record));
  } else if (!log_) {
    messages_.result(output_format_ == LogFormat::Json ? access_json(record) : access_text(record));
  }
}

void ServeReporter::log(const std::string& line) {
  const auto written = log_->write(line);
  if (!written && !std::exchange(log_fails_, true)) {
    messages_.warning("the access log cannot be written (the server continues): " +
                      written.error().message());
  } else if (written && std::exchange(log_fails_, false)) {
    messages_.note("writing the access log works again");
  }
}

void ServeReporter::on_tick(std::size_t connections) {
  operations_.set_time(unix_time());
  operations_.on_connections(connections);
  on_change(library_.poll());
  if (stop_ && messages_.output_closed()) {
    std::exchange(stop_, nullptr)();
  }
}

void ServeReporter::on_change(app::ServedLibrary::Change change) {
  if (change == app::ServedLibrary::Change::None) {
    return;
  }
  const std::size_t rules = library_.loaded().catalogue->rules.size();
  operations_.on_reload(rules, library_.problem());
  const bool renewed = change == app::ServedLibrary::Change::Renewed;
  if (renewed) {
    messages_.note(
        fmt::format("reloaded: {} images, {} rules", library_.loaded().images.size(), rules));
  } else {
    messages_.warning("change rejected, still serving the previous version: " + library_.problem());
  }
  messages_.json_line({{"event", "reload"},
                       {"ok", renewed},
                       {"rules", rules},
                       {"error", text_or_null(library_.problem())}});
}

void ServeReporter::on_refused_connection() {
  operations_.on_refused_connection();
}

void ServeReporter::on_hangup() {
  library_.reload();
  if (log_) {
    log_->reopen();
  }
}

void ServeReporter::on_stopping(std::size_t downloads) {
  if (on_stop_) {
    std::exchange(on_stop_, nullptr)();
  }
  messages_.note(downloads == 0
                     ? std::string("stopping")
                     : fmt::format("stopping after {} running downloads; a second signal "
                                   "ends them",
                                   downloads));
}

void ServeReporter::summarize() {
  messages_.note(fmt::format("served {} requests, {} bytes", requests_, bytes_));
  messages_.json_line({{"event", "summary"}, {"requests", requests_}, {"bytes", bytes_}});
}

}  // namespace otatool::cli
