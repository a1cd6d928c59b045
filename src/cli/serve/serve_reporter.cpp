#include "cli/serve/serve_reporter.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>
#include <utility>

#include "otatool/counted.hpp"
#include "otatool/unix_time.hpp"

#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

nlohmann::json problem_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
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

Result<void> AccessLog::write(std::string_view line) {
  // After an incomplete line the next one starts on a new line.
  whole_ = torn_ ? "\n" : "";
  whole_ += line;
  whole_ += '\n';
  std::size_t done = 0;
  while (done < whole_.size()) {
    const ssize_t got = ::write(file_.number(), whole_.data() + done, whole_.size() - done);
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

ServeReporter::ServeReporter(Messages& messages,
                             app::ServedLibrary& library,
                             http::Operations& operations)
    : messages_(messages), library_(library), operations_(operations) {
  operations_.on_reload({});
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
    log(lines_.line(record, log_format_));
  }
  if (messages_.json()) {
    messages_.json_line(request_event(record));
  } else if (!log_) {
    messages_.result(lines_.line(record, output_format_));
  }
}

void ServeReporter::log(std::string_view line) {
  const auto written = log_->write(line);
  if (!written && !std::exchange(log_fails_, true)) {
    messages_.warning("the access log cannot be written (the server continues): " +
                      written.error().message());
  } else if (written && std::exchange(log_fails_, false)) {
    messages_.note("writing the access log works again");
  }
}

void ServeReporter::on_tick(std::size_t connections) {
  operations_.set_time(store_ != nullptr ? store_->time() : unix_time());
  operations_.on_connections(connections);
  on_change(library_.poll());
  if (operations_.fleet().not_kept() > 0 && !std::exchange(warned_of_devices_, true)) {
    messages_.warning("--max-devices is reached: further devices are served, but not kept");
  }
  if (store_ != nullptr) {
    store_->on_tick();
  }
  if (stop_ && messages_.output_closed()) {
    std::exchange(stop_, nullptr)();
  }
}

void ServeReporter::on_change(app::ServedLibrary::Change change) {
  if (change == app::ServedLibrary::Change::None) {
    return;
  }
  const std::size_t rules = library_.loaded().catalogue->rules.size();
  operations_.on_reload(library_.problem());
  const bool renewed = change == app::ServedLibrary::Change::Renewed;
  if (renewed) {
    operations_.on_catalogue(*library_.loaded().catalogue);
    if (store_ != nullptr) {
      store_->on_catalogue(*library_.loaded().catalogue);
    }
    const std::string text = fmt::format("reloaded: {}, {}",
                                         counted(library_.loaded().images.size(), "image"),
                                         counted(rules, "rule"));
    messages_.note(text);
    manager_.tell("STATUS=" + text);
  } else {
    const std::string text =
        "change rejected, still serving the previous version: " + library_.problem();
    messages_.warning(text);
    manager_.tell("STATUS=" + printable(text));
  }
  messages_.json_line({{"event", "reload"},
                       {"ok", renewed},
                       {"rules", rules},
                       {"error", problem_or_null(library_.problem())}});
}

void ServeReporter::on_ready(std::uint16_t port) const {
  manager_.tell(fmt::format("READY=1\nSTATUS=serving {} at port {}",
                            counted(library_.loaded().catalogue->rules.size(), "rule"),
                            port));
}

void ServeReporter::on_refused_connection() {
  operations_.on_refused_connection();
}

void ServeReporter::on_hangup() {
  library_.reload();
  if (log_) {
    log_->reopen();
  }
  if (on_hangup_) {
    on_hangup_();
  }
}

void ServeReporter::on_stopping(std::size_t downloads) {
  manager_.tell("STOPPING=1");
  if (on_stop_) {
    std::exchange(on_stop_, nullptr)();
  }
  messages_.note(downloads == 0 ? std::string("stopping")
                                : fmt::format("stopping after {}; a second signal ends them",
                                              counted(downloads, "running download")));
}

void ServeReporter::summarize() {
  messages_.note(
      fmt::format("served {}, {}", counted(requests_, "request"), counted(bytes_, "byte")));
  messages_.json_line({{"event", "summary"}, {"requests", requests_}, {"bytes", bytes_}});
}

}  // namespace otatool::cli
