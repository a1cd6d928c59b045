#include "cli/upload/transfer_reporter.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/io/error_json.hpp"
#include "cli/io/exit_codes.hpp"

namespace otatool::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kProgressSteps = 10;

std::string rate(std::size_t bytes, double seconds) {
  const double per_second = static_cast<double>(bytes) / std::max(seconds, 0.001);
  return readable_size(static_cast<std::uint64_t>(per_second)) + "/s";
}

std::string label_of(const std::vector<std::string>& names) {
  return names.size() == 1 ? names.front() : fmt::format("{} devices", names.size());
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
                                   std::vector<std::string> names,
                                   std::size_t image_size,
                                   PasswordPrompt prompt)
    : messages_(messages),
      names_(std::move(names)),
      image_size_(image_size),
      prompt_(prompt),
      progress_(messages.progress_form(),
                label_of(names_),
                image_size * names_.size(),
                messages.progress_width()),
      delivered_(names_.size()),
      started_(names_.size()) {}

void TransferReporter::report_start(std::size_t target,
                                    std::string_view text,
                                    const nlohmann::json& fields) {
  report_progress(target, 0);
  messages_.detail(is_single() ? 0 : 1, fmt::format("{}: {}", name(target), text));
  nlohmann::json line = {{"event", "start"}, {"target", name(target)}, {"bytes", image_size_}};
  line.update(fields);
  messages_.json_line(line);
}

void TransferReporter::report_phase(std::size_t target, std::string_view text) {
  messages_.detail(1, fmt::format("{}: {}", name(target), text));
}

void TransferReporter::report_auth(std::size_t target, std::string_view auth) {
  messages_.json_line({{"event", "auth"}, {"target", name(target)}, {"auth", auth}});
}

void TransferReporter::report_trace(std::size_t target, bool sent, std::string_view text) {
  messages_.detail(2, fmt::format("{} {} {}", name(target), sent ? ">" : "<", text));
}

void TransferReporter::report_progress(std::size_t target, std::size_t delivered) {
  const std::size_t before = delivered_[target];
  delivered_[target] = delivered;
  delivered_total_ = delivered_total_ - before + delivered;
  const Progress::Time now = Clock::now();
  if (delivered == 0 || delivered < before) {
    started_[target] = now;
  }
  messages_.progress(progress_.update(delivered_total_, now));
  const std::size_t size = std::max<std::size_t>(image_size_, 1);
  if (delivered * kProgressSteps / size > before * kProgressSteps / size) {
    messages_.json_line({{"event", "progress"},
                         {"target", name(target)},
                         {"bytes", delivered},
                         {"total", image_size_}});
  }
}

void TransferReporter::report_wait(std::size_t target,
                                   std::string_view text,
                                   std::chrono::milliseconds left) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
  const std::string who =
      is_single() ? "" : fmt::format("{} of {} done; {}: ", ended_, names_.size(), name(target));
  messages_.progress(
      progress_.wait(fmt::format("{}{}, {} s left", who, text, seconds), Clock::now()));
}

void TransferReporter::end_progress() {
  messages_.progress(progress_.finish());
}

void TransferReporter::report_retry(std::size_t target,
                                    const TransferRetry& retry,
                                    std::string_view more,
                                    const nlohmann::json& fields) {
  const double delay = std::chrono::duration<double>(retry.delay).count();
  messages_.warning(fmt::format("{}: {}; attempt {} in {:.1f} s{}",
                                name(target),
                                retry.reason.message(),
                                retry.attempt,
                                delay,
                                more));
  nlohmann::json line = {{"event", "retry"},
                         {"target", name(target)},
                         {"attempt", retry.attempt},
                         {"delay", delay},
                         {"error", error_json(retry.reason, retry.hint)}};
  line.update(fields);
  messages_.json_line(line);
}

bool TransferReporter::needs_password(const delivery::Report& report) const {
  if (!report.error || prompt_ == PasswordPrompt::Never) {
    return false;
  }
  const Errc code = report.error->code();
  return code == Errc::PasswordNeeded ||
         (prompt_ == PasswordPrompt::IfWrong && code == Errc::PasswordRefused);
}

void TransferReporter::report_result(std::size_t target,
                                     const delivery::Report& report,
                                     std::string_view hint,
                                     std::string_view auth) {
  if (needs_password(report)) {
    return;
  }
  ++ended_;
  if (is_single()) {
    end_progress();
  }
  if (messages_.json()) {
    print_json(report, hint, auth);
  } else if (report.error) {
    messages_.error(report.error->with_context(report.name), hint);
  } else {
    const std::chrono::duration<double> sending = Clock::now() - started_[target];
    print_success(report, std::min(report.seconds, sending.count()), auth);
  }
}

void TransferReporter::print_json(const delivery::Report& report,
                                  std::string_view hint,
                                  std::string_view auth) {
  nlohmann::json error;
  if (report.error) {
    error = error_json(*report.error, hint);
  }
  messages_.json_line({{"event", "result"},
                       {"target", report.name},
                       {"address", report.address},
                       {"ok", !report.error},
                       {"exit", report.error ? exit_code(report.error->code()) : 0},
                       {"error", error},
                       {"bytes", report.bytes},
                       {"seconds", report.seconds},
                       {"attempts", report.attempts},
                       {"auth", auth}});
}

/// `sending`: seconds of the transfer alone, without those before the connection.
void TransferReporter::print_success(const delivery::Report& report,
                                     double sending,
                                     std::string_view auth) {
  std::string text = fmt::format("{}: uploaded {} bytes in {:.1f} s ({})",
                                 report.name,
                                 report.bytes,
                                 report.seconds,
                                 rate(report.bytes, sending));
  if (auth != "none") {
    text += fmt::format(", password by {}", auth);
  }
  if (report.attempts > 1) {
    text += fmt::format(", {} attempts", report.attempts);
  }
  messages_.result(text);
}

int TransferReporter::summarize_all(const std::vector<delivery::Report>& reports, double seconds) {
  std::vector<std::string> failures;
  for (const delivery::Report& report : reports) {
    if (report.error) {
      failures.push_back(fmt::format("{} ({})", report.name, exit_code(report.error->code())));
    }
  }
  const int exit = exit_code_of(reports);
  end_progress();
  messages_.json_line({{"event", "summary"},
                       {"targets", reports.size()},
                       {"succeeded", reports.size() - failures.size()},
                       {"failed", failures.size()},
                       {"exit", exit},
                       {"seconds", seconds}});
  if (is_single()) {
    return exit;
  }
  messages_.result(fmt::format("{} of {} devices updated in {:.1f} s",
                               reports.size() - failures.size(),
                               reports.size(),
                               seconds));
  if (!failures.empty()) {
    messages_.result(fmt::format("failed (with exit code): {}", fmt::join(failures, ", ")));
  }
  return exit;
}

}  // namespace otatool::cli
