#include "cli/upload_reporter.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "otatool/espota/target_list.hpp"
#include "otatool/overloaded.hpp"

#include "cli/device_hints.hpp"
#include "cli/error_json.hpp"
#include "cli/exit_codes.hpp"

namespace otatool::cli {
namespace {

constexpr std::size_t kProgressSteps = 10;

std::string_view auth_name(espota::AuthScheme scheme) {
  constexpr std::array<std::string_view, 3> kNames = {"none", "md5", "sha256"};
  return kNames[static_cast<std::size_t>(scheme)];
}

std::string_view phase_words(espota::Phase phase) {
  constexpr std::array<std::string_view, 6> kWords = {"inviting",
                                                      "authenticating",
                                                      "accepted; waiting for its connection",
                                                      "connected; sending",
                                                      "everything is sent; waiting for its verdict",
                                                      "done"};
  return kWords[static_cast<std::size_t>(phase)];
}

std::string rate(std::size_t bytes, double seconds) {
  const double per_second = static_cast<double>(bytes) / std::max(seconds, 0.001);
  return readable_size(static_cast<std::uint64_t>(per_second)) + "/s";
}

}  // namespace

UploadReporter::UploadReporter(Messages& messages,
                               std::span<const espota::Target> targets,
                               std::size_t image_size,
                               bool hold_back_password_questions)
    : messages_(messages),
      targets_(targets),
      image_size_(image_size),
      hold_back_(hold_back_password_questions),
      progress_(
          messages.progress_form(),
          targets.size() == 1 ? targets.front().name : fmt::format("{} devices", targets.size()),
          image_size * targets.size(),
          messages.progress_width()),
      delivered_(targets.size()),
      told_auth_(targets.size()) {}

void UploadReporter::on_event(std::size_t target, const espota::UploadEvent& event) {
  std::visit(
      Overloaded{
          [&](const espota::AttemptStarted& started) { on_start(target, started); },
          [&](const espota::PhaseReached& reached) { on_phase(target, reached); },
          [&](const espota::Progressed& progress) { on_progress(target, progress.delivered); },
          [&](const espota::ConnectionRefused& refused) {
            messages_.warning(
                fmt::format("{}: refused a connection from {}, which is not the "
                            "device's address",
                            name(target),
                            refused.address));
          },
          [&](const espota::RetryScheduled& retry) { on_retry(target, retry); },
          [&](const espota::Traced& traced) {
            messages_.detail(
                2, fmt::format("{} {} {}", name(target), traced.sent ? ">" : "<", traced.text));
          },
      },
      event);
}

void UploadReporter::on_start(std::size_t target, const espota::AttemptStarted& started) {
  on_progress(target, 0);
  const std::string text =
      fmt::format("{}: inviting {} at UDP port {}; it will connect to {}",
                  name(target),
                  started.address,
                  fmt::join(started.device_ports, " or "),
                  espota::format_host_port(started.local_address, started.host_port));
  messages_.detail(single() ? 0 : 1, text);
  messages_.json_line({{"event", "start"},
                       {"target", name(target)},
                       {"address", started.address},
                       {"ports", started.device_ports},
                       {"local", started.local_address},
                       {"host_port", started.host_port},
                       {"attempt", started.attempt},
                       {"bytes", image_size_}});
}

void UploadReporter::on_phase(std::size_t target, const espota::PhaseReached& reached) {
  messages_.detail(1, fmt::format("{}: {}", name(target), phase_words(reached.phase)));
  const bool accepted = reached.phase == espota::Phase::AwaitingConnection ||
                        reached.phase == espota::Phase::Transferring;
  if (accepted && !told_auth_[target]) {
    told_auth_[target] = true;
    messages_.json_line(
        {{"event", "auth"}, {"target", name(target)}, {"auth", auth_name(reached.auth)}});
  }
}

void UploadReporter::on_progress(std::size_t target, std::size_t delivered) {
  const std::size_t before = delivered_[target];
  delivered_[target] = delivered;
  delivered_total_ = delivered_total_ - before + delivered;
  show_progress();
  const std::size_t size = std::max<std::size_t>(image_size_, 1);
  if (delivered * kProgressSteps / size > before * kProgressSteps / size) {
    messages_.json_line({{"event", "progress"},
                         {"target", name(target)},
                         {"bytes", delivered},
                         {"total", image_size_}});
  }
}

void UploadReporter::show_progress() {
  messages_.progress(progress_.update(delivered_total_, std::chrono::steady_clock::now()));
}

void UploadReporter::end_progress() {
  messages_.progress(progress_.finish());
}

void UploadReporter::on_retry(std::size_t target, const espota::RetryScheduled& retry) {
  told_auth_[target] = false;
  const double delay = std::chrono::duration<double>(retry.delay).count();
  messages_.warning(fmt::format("{}: {}; attempt {} follows in {:.1f} s{}",
                                name(target),
                                retry.reason.message(),
                                retry.attempt,
                                delay,
                                retry.lockstep ? ", in lock-step" : ""));
  messages_.json_line(
      {{"event", "retry"},
       {"target", name(target)},
       {"attempt", retry.attempt},
       {"delay", delay},
       {"lockstep", retry.lockstep},
       {"error", error_json(retry.reason, upload_hint(retry.reason, image_size_))}});
}

bool UploadReporter::is_held_back(const espota::TargetReport& report) const {
  return hold_back_ && report.error && report.error->code() == Errc::PasswordNeeded;
}

void UploadReporter::on_report(std::size_t, const espota::TargetReport& report) {
  if (is_held_back(report)) {
    return;
  }
  if (single()) {
    end_progress();
  }
  if (messages_.json()) {
    report_json(report);
  } else if (report.error) {
    report_failure(report);
  } else {
    report_success(report);
  }
}

void UploadReporter::report_json(const espota::TargetReport& report) {
  nlohmann::json error;
  if (report.error) {
    error = error_json(*report.error, upload_hint(*report.error, image_size_));
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
                       {"auth", auth_name(report.auth)}});
}

void UploadReporter::report_success(const espota::TargetReport& report) {
  std::string text = fmt::format("{}: uploaded {} bytes in {:.1f} s ({})",
                                 report.name,
                                 report.bytes,
                                 report.seconds,
                                 rate(report.bytes, report.seconds));
  if (report.auth != espota::AuthScheme::None) {
    text += fmt::format(", password by {}", auth_name(report.auth));
  }
  if (report.attempts > 1) {
    text += fmt::format(", {} attempts", report.attempts);
  }
  messages_.result(text);
}

void UploadReporter::report_failure(const espota::TargetReport& report) {
  messages_.error(report.error->with_context(report.name), upload_hint(*report.error, image_size_));
}

void UploadReporter::summarize(std::span<const espota::TargetReport> reports,
                               int exit,
                               double seconds) {
  std::vector<std::string> failures;
  for (const espota::TargetReport& report : reports) {
    if (report.error) {
      failures.push_back(fmt::format("{} ({})", report.name, exit_code(report.error->code())));
    }
  }
  end_progress();
  messages_.json_line({{"event", "summary"},
                       {"targets", reports.size()},
                       {"succeeded", reports.size() - failures.size()},
                       {"failed", failures.size()},
                       {"exit", exit},
                       {"seconds", seconds}});
  if (single()) {
    return;
  }
  messages_.result(fmt::format("{} of {} devices updated in {:.1f} s",
                               reports.size() - failures.size(),
                               reports.size(),
                               seconds));
  if (!failures.empty()) {
    messages_.result(fmt::format("failed (exit code of each): {}", fmt::join(failures, ", ")));
  }
}

}  // namespace otatool::cli
