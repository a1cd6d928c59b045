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

std::string_view phase_words(http::PushPhase phase) {
  constexpr std::array<std::string_view, 4> kWords = {
      "connecting",
      "asking for the page of the form",
      "sending",
      "everything is sent; waiting for its verdict"};
  return kWords[static_cast<std::size_t>(phase)];
}

}  // namespace

PushReporter::PushReporter(Messages& messages,
                           std::span<const http::PushTarget> targets,
                           std::size_t image_size,
                           bool hold_back_password_questions)
    : messages_(messages),
      targets_(targets),
      image_size_(image_size),
      report_(messages, names_of(targets), image_size, hold_back_password_questions) {}

void PushReporter::on_event(std::size_t target, const http::PushEvent& event) {
  std::visit(
      Overloaded{
          [&](const http::PushStarted& started) { on_start(target, started); },
          [&](const http::PushPhaseReached& reached) {
            messages_.detail(
                1, fmt::format("{}: {}", report_.name(target), phase_words(reached.phase)));
            if (reached.phase == http::PushPhase::Sending) {
              report_.on_progress(target, 0);
            }
          },
          [&](const http::PushAuthorized& authorized) {
            messages_.json_line({{"event", "auth"},
                                 {"target", report_.name(target)},
                                 {"auth", auth_name(authorized.scheme)}});
          },
          [&](const http::PushProgressed& progress) {
            report_.on_progress(target, progress.delivered);
          },
          [&](const http::PushRetryScheduled& retry) {
            report_.on_retry(
                target,
                {retry.attempt, retry.delay, retry.reason, push_hint(retry.reason, image_size_)},
                "",
                nlohmann::json::object());
          },
          [&](const http::PushTraced& traced) {
            messages_.detail(
                2,
                fmt::format(
                    "{} {} {}", report_.name(target), traced.sent ? ">" : "<", traced.text));
          },
      },
      event);
}

void PushReporter::on_start(std::size_t target, const http::PushStarted& started) {
  report_.on_progress(target, 0);
  const std::string address = targets_[target].url.text();
  messages_.detail(
      report_.single() ? 0 : 1,
      fmt::format("{}: sending to {} ({})", report_.name(target), address, started.address));
  messages_.json_line({{"event", "start"},
                       {"target", report_.name(target)},
                       {"address", started.address},
                       {"url", address},
                       {"attempt", started.attempt},
                       {"bytes", image_size_}});
}

void PushReporter::on_report(std::size_t target, const http::PushReport& report) {
  const std::string hint = report.error ? push_hint(*report.error, image_size_) : std::string();
  report_.on_report(target, report, hint, auth_name(report.auth));
}

int PushReporter::summarize(std::span<const http::PushReport> reports, double seconds) {
  return report_.summarize({reports.begin(), reports.end()}, seconds);
}

}  // namespace otatool::cli
