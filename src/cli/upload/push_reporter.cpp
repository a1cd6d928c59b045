#include "cli/upload/push_reporter.hpp"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "otatool/overloaded.hpp"

#include "cli/upload/device_hints.hpp"

namespace otatool::cli {
namespace {

std::string_view auth_name(http::AuthScheme scheme) {
  constexpr std::array<std::string_view, 3> kNames = {"none", "basic", "digest"};
  return kNames[static_cast<std::size_t>(scheme)];
}

std::string_view phase_text(http::PushPhase phase) {
  constexpr std::array<std::string_view, 4> kTexts = {"connecting",
                                                      "requesting the page of the form",
                                                      "sending",
                                                      "all bytes sent; waiting for the verdict"};
  return kTexts[static_cast<std::size_t>(phase)];
}

}  // namespace

PushReporter::PushReporter(Messages& messages,
                           std::span<const http::PushTarget> targets,
                           std::size_t image_size,
                           PasswordPrompt prompt)
    : TransferReporter(messages, names_of(targets), image_size, prompt), targets_(targets) {}

void PushReporter::on_event(std::size_t target, const http::PushEvent& event) {
  std::visit(
      Overloaded{
          [&](const http::PushStarted& started) { on_start(target, started); },
          [&](const http::PushPhaseReached& reached) {
            report_phase(target, phase_text(reached.phase));
            if (reached.phase == http::PushPhase::Sending) {
              report_progress(target, 0);
            }
          },
          [&](const http::PushAuthorized& authorized) {
            report_auth(target, auth_name(authorized.scheme));
          },
          [&](const http::PushProgressed& progress) {
            report_progress(target, progress.delivered);
          },
          [&](const http::PushRetryScheduled& retry) {
            report_retry(
                target,
                {retry.attempt, retry.delay, retry.reason, push_hint(retry.reason, image_size())},
                retry.small_segments ? kSmallSegmentsText : "",
                {{"small_segments", retry.small_segments}});
          },
          [&](const http::PushTraced& traced) { report_trace(target, traced.sent, traced.text); },
      },
      event);
}

void PushReporter::on_start(std::size_t target, const http::PushStarted& started) {
  const std::string url = targets_[target].url.text();
  report_start(target,
               fmt::format("sending to {} ({})", url, started.address),
               {{"address", started.address}, {"url", url}, {"attempt", started.attempt}});
}

void PushReporter::on_report(std::size_t target, const http::PushReport& report) {
  const std::string hint = report.error ? push_hint(*report.error, image_size()) : std::string();
  report_result(target, report, hint, auth_name(report.auth));
}

}  // namespace otatool::cli
