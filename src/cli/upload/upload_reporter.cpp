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

std::string_view phase_text(espota::Phase phase) {
  constexpr std::array<std::string_view, 6> kTexts = {"inviting",
                                                      "authenticating",
                                                      "accepted; waiting for the connection",
                                                      "connected; sending",
                                                      "all bytes sent; waiting for the verdict",
                                                      "done"};
  return kTexts[static_cast<std::size_t>(phase)];
}

std::string_view wait_text(espota::Phase phase) {
  constexpr std::array<std::string_view, 6> kTexts = {"no reply yet",
                                                      "waiting for the answer to the password",
                                                      "waiting for the connection",
                                                      "the device accepts no data",
                                                      "waiting for the verdict",
                                                      "done"};
  return kTexts[static_cast<std::size_t>(phase)];
}

}  // namespace

UploadReporter::UploadReporter(Messages& messages,
                               std::span<const espota::Target> targets,
                               std::size_t image_size,
                               PasswordPrompt prompt)
    : TransferReporter(messages, names_of(targets), image_size, prompt),
      auth_reported_(targets.size()) {}

void UploadReporter::on_event(std::size_t target, const espota::UploadEvent& event) {
  std::visit(
      Overloaded{
          [&](const espota::AttemptStarted& started) { on_start(target, started); },
          [&](const espota::PhaseReached& reached) { on_phase(target, reached); },
          [&](const espota::Progressed& progress) { report_progress(target, progress.delivered); },
          [&](const espota::ConnectionRefused& refused) {
            messages().warning(
                fmt::format("{}: refused a connection from {}, which is not the device's address",
                            name(target),
                            refused.address));
          },
          [&](const espota::ReplyRefused& refused) {
            messages().warning(
                fmt::format("{}: ignored a reply from {}, which is not the device's address",
                            name(target),
                            refused.address));
          },
          [&](const espota::RetryScheduled& retry) { on_retry(target, retry); },
          [&](const espota::Waiting& waiting) {
            report_wait(target, wait_text(waiting.phase), waiting.left);
          },
          [&](const espota::Traced& traced) { report_trace(target, traced.sent, traced.text); },
      },
      event);
}

void UploadReporter::on_start(std::size_t target, const espota::AttemptStarted& started) {
  report_start(target,
               fmt::format("inviting {} at UDP port {}; it will connect to {}",
                           started.address,
                           fmt::join(started.device_ports, " or "),
                           espota::format_host_port(started.local_address, started.host_port)),
               {{"address", started.address},
                {"ports", started.device_ports},
                {"local", started.local_address},
                {"host_port", started.host_port},
                {"attempt", started.attempt}});
}

void UploadReporter::on_phase(std::size_t target, const espota::PhaseReached& reached) {
  report_phase(target, phase_text(reached.phase));
  if (reached.phase == espota::Phase::Transferring) {
    report_progress(target, 0);
  }
  const bool accepted = reached.phase == espota::Phase::AwaitingConnection ||
                        reached.phase == espota::Phase::Transferring;
  if (accepted && !auth_reported_[target]) {
    auth_reported_[target] = true;
    report_auth(target, auth_name(reached.auth));
  }
}

void UploadReporter::on_retry(std::size_t target, const espota::RetryScheduled& retry) {
  auth_reported_[target] = false;
  report_retry(target,
               {retry.attempt, retry.delay, retry.reason, upload_hint(retry.reason, image_size())},
               fmt::format("{}{}",
                           retry.small_segments ? kSmallSegmentsText : "",
                           retry.lockstep ? ", in lock-step" : ""),
               {{"lockstep", retry.lockstep}, {"small_segments", retry.small_segments}});
}

void UploadReporter::on_report(std::size_t target, const espota::TargetReport& report) {
  const std::string hint = report.error ? upload_hint(*report.error, image_size()) : std::string();
  report_result(target, report, hint, auth_name(report.auth));
}

}  // namespace otatool::cli
