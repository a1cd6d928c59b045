#include "cli/upload/upload_reporter.hpp"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "otatool/espota/target_list.hpp"
#include "otatool/overloaded.hpp"

#include "cli/upload/device_hints.hpp"

namespace otatool::cli {
namespace {

std::string_view auth_name(wire::AuthHash hash) {
  constexpr std::array<std::string_view, 3> kNames = {"none", "md5", "sha256"};
  return kNames[static_cast<std::size_t>(hash)];
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

}  // namespace

UploadReporter::UploadReporter(Messages& messages,
                               std::span<const espota::Target> targets,
                               std::size_t image_size,
                               bool hold_back_password_questions)
    : messages_(messages),
      image_size_(image_size),
      report_(messages, names_of(targets), image_size, hold_back_password_questions),
      told_auth_(targets.size()) {}

void UploadReporter::on_event(std::size_t target, const espota::UploadEvent& event) {
  std::visit(Overloaded{
                 [&](const espota::AttemptStarted& started) { on_start(target, started); },
                 [&](const espota::PhaseReached& reached) { on_phase(target, reached); },
                 [&](const espota::Progressed& progress) {
                   report_.on_progress(target, progress.delivered);
                 },
                 [&](const espota::ConnectionRefused& refused) {
                   messages_.warning(
                       fmt::format("{}: refused a connection from {}, which is not the "
                                   "device's address",
                                   report_.name(target),
                                   refused.address));
                 },
                 [&](const espota::RetryScheduled& retry) { on_retry(target, retry); },
                 [&](const espota::Traced& traced) {
                   messages_.detail(
                       2,
                       fmt::format(
                           "{} {} {}", report_.name(target), traced.sent ? ">" : "<", traced.text));
                 },
             },
             event);
}

void UploadReporter::on_start(std::size_t target, const espota::AttemptStarted& started) {
  report_.on_progress(target, 0);
  const std::string text =
      fmt::format("{}: inviting {} at UDP port {}; it will connect to {}",
                  report_.name(target),
                  started.address,
                  fmt::join(started.device_ports, " or "),
                  espota::format_host_port(started.local_address, started.host_port));
  messages_.detail(report_.single() ? 0 : 1, text);
  messages_.json_line({{"event", "start"},
                       {"target", report_.name(target)},
                       {"address", started.address},
                       {"ports", started.device_ports},
                       {"local", started.local_address},
                       {"host_port", started.host_port},
                       {"attempt", started.attempt},
                       {"bytes", image_size_}});
}

void UploadReporter::on_phase(std::size_t target, const espota::PhaseReached& reached) {
  messages_.detail(1, fmt::format("{}: {}", report_.name(target), phase_words(reached.phase)));
  if (reached.phase == espota::Phase::Transferring) {
    report_.on_progress(target, 0);
  }
  const bool accepted = reached.phase == espota::Phase::AwaitingConnection ||
                        reached.phase == espota::Phase::Transferring;
  if (accepted && !told_auth_[target]) {
    told_auth_[target] = true;
    messages_.json_line(
        {{"event", "auth"}, {"target", report_.name(target)}, {"auth", auth_name(reached.auth)}});
  }
}

void UploadReporter::on_retry(std::size_t target, const espota::RetryScheduled& retry) {
  told_auth_[target] = false;
  report_.on_retry(
      target,
      {retry.attempt, retry.delay, retry.reason, upload_hint(retry.reason, image_size_)},
      retry.lockstep ? ", in lock-step" : "",
      {{"lockstep", retry.lockstep}});
}

void UploadReporter::on_report(std::size_t target, const espota::TargetReport& report) {
  const std::string hint = report.error ? upload_hint(*report.error, image_size_) : std::string();
  report_.on_report(target, report, hint, auth_name(report.auth));
}

int UploadReporter::summarize(std::span<const espota::TargetReport> reports, double seconds) {
  return report_.summarize({reports.begin(), reports.end()}, seconds);
}

}  // namespace otatool::cli
