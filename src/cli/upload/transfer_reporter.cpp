#include "cli/upload/transfer_reporter.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "otatool/overloaded.hpp"

#include "cli/io/error_json.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/upload/device_hints.hpp"
#include "cli/upload/transfer_texts.hpp"

namespace otatool::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kProgressSteps = 10;

/// The end of the line about a retry with small segments.
constexpr std::string_view kSmallSegmentsText =
    ", with TCP segments of 536 bytes in case the network drops large packets";

std::string rate(std::size_t bytes, double seconds) {
  const double per_second = static_cast<double>(bytes) / std::max(seconds, 0.001);
  return readable_size(static_cast<std::uint64_t>(per_second)) + "/s";
}

std::string label_of(const std::vector<ReportedTarget>& targets) {
  return targets.size() == 1 ? targets.front().name : fmt::format("{} devices", targets.size());
}

std::size_t total_size(const std::vector<ReportedTarget>& targets) {
  return std::accumulate(
      targets.begin(), targets.end(), std::size_t{0}, [](std::size_t sum, const auto& each) {
        return sum + each.image_size;
      });
}

nlohmann::json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

/// The exit code for all targets together.
int exit_code_of(const std::vector<delivery::Report>& reports) {
  std::size_t failed = 0;
  for (const delivery::Report& report : reports) {
    if (report.error && report.error->code() == Errc::Interrupted) {
      return exit_code(Errc::Interrupted);
    }
    failed += report.error ? 1U : 0U;
  }
  if (failed == 0) {
    return 0;
  }
  return exit_code(reports.size() == 1 ? reports.front().error->code() : Errc::SomeFailed);
}

}  // namespace

TransferReporter::TransferReporter(Messages& messages,
                                   std::vector<ReportedTarget> targets,
                                   PasswordPrompt prompt)
    : messages_(messages),
      prompt_(prompt),
      progress_(messages.progress_form(),
                label_of(targets),
                total_size(targets),
                messages.progress_width()) {
  for (ReportedTarget& target : targets) {
    const std::size_t size = target.image_size;
    rows_.push_back({std::move(target), 0, {}, size});
  }
}

void TransferReporter::on_event(std::size_t target, const delivery::Event& event) {
  Row& row = rows_[target];
  std::visit(
      Overloaded{
          [&](const delivery::AttemptStarted& started) {
            report_progress(row, 0);
            report_start(row, started);
          },
          [&](const delivery::DeviceRecognised& device) { report_device(row, device); },
          [&](const delivery::PhaseReached& reached) { report_phase(row, reached.phase); },
          [&](const delivery::Authenticated& authenticated) {
            messages_.json_line({{"event", "auth"},
                                 {"target", row.target.name},
                                 {"auth", delivery::to_string(authenticated.auth)}});
          },
          [&](const delivery::Resumed& resumed) { report_resume(row, resumed); },
          [&](const delivery::Progressed& progress) { report_progress(row, progress.delivered); },
          [&](const delivery::StrangerRefused& refused) { report_stranger(row, refused); },
          [&](const delivery::RetryScheduled& retry) { report_retry(row, retry); },
          [&](const delivery::Waiting& waiting) { report_wait(row, waiting); },
          [&](const delivery::PatchChosen& patch) { report_patch(row, patch.bytes); },
          [&](const delivery::PatchRefused& refused) { report_refused_patch(row, refused.reason); },
          [&](const delivery::Traced& traced) {
            messages_.detail(
                2, fmt::format("{} {} {}", row.target.name, traced.sent ? ">" : "<", traced.text));
          },
      },
      event);
}

void TransferReporter::report_start(const Row& row, const delivery::AttemptStarted& started) {
  messages_.detail(is_single() ? 0 : 1,
                   fmt::format("{}: {}", row.target.name, start_text(started)));
  nlohmann::json line = {
      {"event", "start"}, {"target", row.target.name}, {"bytes", row.target.image_size}};
  line.update(start_fields(started));
  messages_.json_line(line);
}

void TransferReporter::report_device(const Row& row, const delivery::DeviceRecognised& device) {
  std::string text = device.title;
  for (const std::string& more : {device.version, device.release}) {
    text += more.empty() ? "" : " " + more;
  }
  text += device.hardware.empty() ? "" : " on " + device.hardware;
  const bool is_known = !device.version.empty() || !device.hardware.empty();
  messages_.detail(is_single() && is_known ? 0 : 1,
                   fmt::format("{}: the device runs {}", row.target.name, text));
  messages_.json_line({{"event", "device"},
                       {"target", row.target.name},
                       {"kind", device.kind},
                       {"version", text_or_null(device.version)},
                       {"hardware", text_or_null(device.hardware)},
                       {"release", text_or_null(device.release)}});
}

void TransferReporter::report_phase(Row& row, delivery::Phase phase) {
  messages_.detail(1, fmt::format("{}: {}", row.target.name, texts_of(phase).reached));
  if (phase == delivery::Phase::Sending) {
    report_progress(row, 0);
  }
}

void TransferReporter::report_resume(const Row& row, const delivery::Resumed& resumed) {
  messages_.detail(
      is_single() ? 0 : 1,
      fmt::format("{}: the device has {} of {} bytes from an earlier transfer; sending "
                  "the rest",
                  row.target.name,
                  resumed.kept,
                  row.target.image_size));
  messages_.json_line({{"event", "resume"}, {"target", row.target.name}, {"bytes", resumed.kept}});
}

void TransferReporter::report_progress(Row& row, std::size_t delivered) {
  const std::size_t before = row.delivered;
  row.delivered = delivered;
  delivered_total_ = delivered_total_ - before + delivered;
  const Progress::Time now = Clock::now();
  if (delivered == 0 || delivered < before) {
    row.started = now;
  }
  messages_.progress(progress_.update(delivered_total_, now));
  const std::size_t size = std::max<std::size_t>(row.target.image_size, 1);
  if (delivered * kProgressSteps / size > before * kProgressSteps / size) {
    messages_.json_line({{"event", "progress"},
                         {"target", row.target.name},
                         {"bytes", delivered},
                         {"total", row.target.image_size}});
  }
}

void TransferReporter::report_stranger(const Row& row, const delivery::StrangerRefused& refused) {
  messages_.warning(fmt::format("{}: {} from {}, which is not the device's address",
                                row.target.name,
                                refused.connection ? "refused a connection" : "ignored a reply",
                                refused.address));
}

void TransferReporter::report_wait(const Row& row, const delivery::Waiting& waiting) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(waiting.left).count();
  const std::string who =
      is_single() ? "" : fmt::format("{} of {} done; {}: ", ended_, rows_.size(), row.target.name);
  messages_.progress(progress_.wait(
      fmt::format("{}{}, {} s left", who, texts_of(waiting.phase).waiting, seconds), Clock::now()));
}

void TransferReporter::set_size(Row& row, std::size_t bytes) {
  row.target.image_size = bytes;
  std::size_t total = 0;
  for (const Row& each : rows_) {
    total += each.target.image_size;
  }
  progress_.set_total(total);
}

void TransferReporter::report_patch(Row& row, std::size_t bytes) {
  set_size(row, bytes);
  messages_.detail(is_single() ? 0 : 1,
                   fmt::format("{}: a difference update, {} bytes instead of {}",
                               row.target.name,
                               bytes,
                               row.whole_size));
  messages_.json_line({{"event", "patch"},
                       {"target", row.target.name},
                       {"bytes", bytes},
                       {"instead_of", row.whole_size}});
}

void TransferReporter::report_refused_patch(Row& row, const Error& reason) {
  report_progress(row, 0);
  set_size(row, row.whole_size);
  messages_.warning(fmt::format("{}: {}; sending {} bytes without a difference update",
                                row.target.name,
                                reason.message(),
                                row.whole_size));
  messages_.json_line(
      {{"event", "patch-refused"}, {"target", row.target.name}, {"error", error_json(reason, "")}});
}

void TransferReporter::end_progress() {
  messages_.progress(progress_.finish());
}

void TransferReporter::report_retry(const Row& row, const delivery::RetryScheduled& retry) {
  const double delay = std::chrono::duration<double>(retry.delay).count();
  messages_.warning(fmt::format("{}: {}; attempt {} in {:.1f} s{}{}",
                                row.target.name,
                                retry.reason.message(),
                                retry.attempt,
                                delay,
                                retry.small_segments ? kSmallSegmentsText : "",
                                retry.lockstep ? ", in lock-step" : ""));
  const std::string hint = row.target.hint(retry.reason, row.target.image_size);
  messages_.json_line({{"event", "retry"},
                       {"target", row.target.name},
                       {"attempt", retry.attempt},
                       {"delay", delay},
                       {"error", error_json(retry.reason, hint)},
                       {"lockstep", retry.lockstep},
                       {"small_segments", retry.small_segments}});
}

bool TransferReporter::needs_password(const delivery::Report& report) const {
  if (!report.error || prompt_ == PasswordPrompt::Never) {
    return false;
  }
  const Errc code = report.error->code();
  return code == Errc::PasswordNeeded ||
         (prompt_ == PasswordPrompt::IfWrong && code == Errc::PasswordRefused);
}

void TransferReporter::on_report(std::size_t target, const delivery::Report& report) {
  if (needs_password(report)) {
    return;
  }
  const Row& row = rows_[target];
  std::string hint;
  if (report.error) {
    // A device that was asked for its way has chosen it by now.
    hint = report.via.empty() ? row.target.hint(*report.error, row.target.image_size)
                              : hint_of_way(report.via, *report.error, row.target.image_size);
  }
  ++ended_;
  if (is_single()) {
    end_progress();
  }
  if (messages_.json()) {
    print_json(report, hint);
  } else if (report.error) {
    messages_.error(report.error->with_context(report.name), hint);
  } else {
    const std::chrono::duration<double> sending = Clock::now() - row.started;
    print_success(report, std::min(report.seconds, sending.count()));
  }
}

void TransferReporter::print_json(const delivery::Report& report, std::string_view hint) {
  nlohmann::json error;
  if (report.error) {
    error = error_json(*report.error, hint);
  }
  messages_.json_line(
      {{"event", "result"},
       {"target", report.name},
       {"address", report.address},
       {"ok", !report.error},
       {"exit", report.error ? exit_code(report.error->code()) : 0},
       {"error", error},
       {"bytes", report.bytes},
       {"seconds", report.seconds},
       {"attempts", report.attempts},
       {"auth", delivery::to_string(report.auth)},
       {"kind", text_or_null(report.kind)},
       {"via", text_or_null(report.via)},
       {"version_before", text_or_null(report.before.version)},
       {"version_after", text_or_null(report.after.version)},
       {"confirmed", report.confirmed ? nlohmann::json(*report.confirmed) : nullptr},
       {"skipped", report.skipped},
       {"skip_reason", skip_reason(report)}});
}

/// `sending`: seconds of the transfer alone, without those before the connection.
void TransferReporter::print_success(const delivery::Report& report, double sending) {
  if (report.skipped) {
    messages_.result(
        report.other_chip
            ? fmt::format("{}: skipped, the image is for another chip", report.name)
            : fmt::format("{}: skipped, it runs {} already", report.name, report.after.version));
    return;
  }
  std::string text = report.bytes == 0
                         ? fmt::format("{}: updated in {:.1f} s", report.name, report.seconds)
                         : fmt::format("{}: uploaded {} bytes in {:.1f} s ({})",
                                       report.name,
                                       report.bytes,
                                       report.seconds,
                                       rate(report.bytes, sending));
  if (report.auth != delivery::Auth::None) {
    text += fmt::format(", password by {}", delivery::to_string(report.auth));
  }
  if (report.attempts > 1) {
    text += fmt::format(", {} attempts", report.attempts);
  }
  text += confirmation_text(report);
  messages_.result(text);
}

int TransferReporter::summarize(const std::vector<delivery::Report>& reports, double seconds) {
  std::vector<std::string> failures;
  for (const delivery::Report& report : reports) {
    if (report.error) {
      failures.push_back(fmt::format("{} ({})", report.name, exit_code(report.error->code())));
    }
  }
  const int exit = exit_code_of(reports);
  const auto skipped =
      static_cast<std::size_t>(std::ranges::count(reports, true, &delivery::Report::skipped));
  end_progress();
  messages_.json_line({{"event", "summary"},
                       {"targets", reports.size()},
                       {"succeeded", reports.size() - failures.size()},
                       {"failed", failures.size()},
                       {"skipped", skipped},
                       {"exit", exit},
                       {"seconds", seconds}});
  if (is_single()) {
    return exit;
  }
  messages_.result(fmt::format("{} of {} devices updated in {:.1f} s{}",
                               reports.size() - failures.size() - skipped,
                               reports.size(),
                               seconds,
                               skipped == 0 ? "" : fmt::format(", {} skipped", skipped)));
  if (!failures.empty()) {
    messages_.result(fmt::format("failed (with exit code): {}", fmt::join(failures, ", ")));
  }
  return exit;
}

}  // namespace otatool::cli
