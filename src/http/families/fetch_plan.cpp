#include "otatool/http/fetch_plan.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "otatool/http/form_verdict.hpp"
#include "otatool/nesting.hpp"

#include "http/families/identity_text.hpp"
#include "http/families/profile.hpp"
#include "http/text/percent_encoding.hpp"

namespace otatool::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{3'000};
constexpr milliseconds kLongestUpdate{300'000};
/// A device that restarts gets its address back as often as it may be away.
constexpr milliseconds kRestoreInterval{2'000};
constexpr unsigned kMostRestores = 15;
constexpr unsigned kMostRestoresAfterCancel = 2;
/// The longest URL that Tasmota stores.
constexpr std::size_t kLongestUrl = 150;
constexpr std::string_view kCommand = "/cm?cmnd=";

/// The text of a member of the answer's object; nothing for other answers.
std::optional<std::string> member(const DeviceAnswer& answer, const char* name) {
  if (find_too_deep(answer.body)) {
    return std::nullopt;
  }
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  const auto found = json.is_object() ? json.find(name) : json.end();
  if (answer.status != 200 || found == json.end() || !found->is_string()) {
    return std::nullopt;
  }
  return found->get<std::string>();
}

std::string command(std::string_view words) {
  return std::string(kCommand) + percent_encode(words);
}

/// A small system that runs only while the device fetches the real one.
bool is_intermediate(const DeviceIdentity& device) {
  return device.version.find("minimal") != std::string::npos ||
         device.version.find("safeboot") != std::string::npos;
}

}  // namespace

FetchPlan::FetchPlan(Family family, std::string url) : family_(family), url_(std::move(url)) {}

FetchPlan::Action FetchPlan::ask(Stage stage, std::string target) {
  stage_ = stage;
  return Get{std::move(target)};
}

FetchPlan::Action FetchPlan::start() {
  if (family_ != Family::Tasmota && family_ != Family::ShellyGen1) {
    return Finish{Error(Errc::WrongKind,
                        fmt::format("{} does not fetch an update on request", title(family_)))};
  }
  if (family_ == Family::Tasmota && url_.size() > kLongestUrl) {
    return Finish{Error(Errc::WrongKind,
                        fmt::format("a Tasmota stores URLs of at most {} characters, and this one "
                                    "has {}",
                                    kLongestUrl,
                                    url_.size()))};
  }
  return ask(Stage::Version, std::string(version_target(family_)));
}

FetchPlan::Action FetchPlan::next(const Event& event) {
  if (stage_ == Stage::Waiting) {
    return on_waiting(event);
  }
  if (stage_ == Stage::Restoring) {
    return on_restoring(event);
  }
  const auto* answered = std::get_if<Answered>(&event);
  if (answered == nullptr) {
    return end(std::get<Unanswered>(event).error);
  }
  if (answered->answer.status == 401) {
    return end(check_response({.status = 401,
                               .body = answered->answer.body,
                               .with_password = answered->with_password,
                               .challenged = answered->challenged,
                               .family = family_}));
  }
  switch (stage_) {
    case Stage::ReadingUrl:
      return on_url(*answered);
    case Stage::SettingUrl:
      return on_url_set(*answered);
    case Stage::Starting:
      return on_started(*answered);
    default:
      return on_version(*answered);
  }
}

FetchPlan::Action FetchPlan::on_version(const Answered& answered) {
  auto device = read_identity(family_, answered.answer);
  if (!device) {
    return end(Error(Errc::DeviceRefused, "the device does not report its version"));
  }
  before_ = std::move(*device);
  now_ = before_;
  return family_ == Family::Tasmota ? ask(Stage::ReadingUrl, command("OtaUrl")) : begin_update();
}

FetchPlan::Action FetchPlan::on_url(const Answered& answered) {
  old_url_ = member(answered.answer, "OtaUrl");
  if (!old_url_) {
    return end(Error(Errc::DeviceRefused, "the device does not report its OtaUrl"));
  }
  replaced_ = true;
  return ask(Stage::SettingUrl, command("OtaUrl " + url_));
}

FetchPlan::Action FetchPlan::on_url_set(const Answered& answered) {
  if (member(answered.answer, "OtaUrl") != url_) {
    return end(Error(Errc::DeviceRefused, "the device did not store the URL of the image"));
  }
  return begin_update();
}

FetchPlan::Action FetchPlan::begin_update() {
  return family_ == Family::Tasmota ? ask(Stage::Starting, command("Upgrade 1"))
                                    : ask(Stage::Starting, "/ota?url=" + percent_encode(url_));
}

FetchPlan::Action FetchPlan::on_started(const Answered& answered) {
  const bool tasmota = family_ == Family::Tasmota;
  const auto state = member(answered.answer, tasmota ? "Upgrade" : "status");
  const bool begun = state && (tasmota ? state->find(" from ") != std::string::npos
                                       : *state == "updating" || *state == "pending");
  if (!begun) {
    return end(
        Error(Errc::DeviceRefused,
              fmt::format("the device did not begin to fetch the image: '{}'",
                          identity_text(state.value_or(std::string(answered.answer.body))))));
  }
  stage_ = Stage::Waiting;
  waited_ += kPollInterval;
  return Pause{kPollInterval};
}

FetchPlan::Action FetchPlan::poll() {
  if (waited_ >= kLongestUpdate) {
    return end(without_success());
  }
  waited_ += kPollInterval;
  return Pause{kPollInterval};
}

FetchPlan::Action FetchPlan::on_waiting(const Event& event) {
  if (std::holds_alternative<Paused>(event)) {
    return Get{std::string(version_target(family_))};
  }
  const auto* answered = std::get_if<Answered>(&event);
  auto device = answered == nullptr ? std::nullopt : read_identity(family_, answered->answer);
  is_away_ = !device;
  was_away_ = was_away_ || is_away_;
  if (!device) {
    return poll();
  }
  now_ = std::move(*device);
  const bool is_new = now_.version != before_.version || now_.build != before_.build;
  return is_new && !is_intermediate(now_) ? end(std::nullopt) : poll();
}

Error FetchPlan::without_success() const {
  const auto seconds = kLongestUpdate.count() / 1000;
  if (is_away_) {
    return {Errc::VerdictLost, fmt::format("the device did not come back within {} s", seconds)};
  }
  if (was_away_) {
    return {Errc::VerdictLost,
            fmt::format("the device restarted and runs {} as before", now_.version)};
  }
  return {Errc::DeviceRefused,
          fmt::format("the device still runs {} after {} s", now_.version, seconds)};
}

FetchPlan::Action FetchPlan::end(std::optional<Error> error) {
  if (!replaced_ || !old_url_) {
    return Finish{std::move(error)};
  }
  outcome_ = std::move(error);
  ++restores_;
  return ask(Stage::Restoring, command("OtaUrl " + *old_url_));
}

FetchPlan::Action FetchPlan::on_restoring(const Event& event) {
  if (std::holds_alternative<Paused>(event)) {
    ++restores_;
    return Get{command("OtaUrl " + *old_url_)};
  }
  const auto* answered = std::get_if<Answered>(&event);
  if (answered != nullptr && member(answered->answer, "OtaUrl") == *old_url_) {
    return Finish{outcome_};
  }
  const bool canceled = outcome_ && outcome_->code() == Errc::Interrupted;
  if (restores_ < (canceled ? kMostRestoresAfterCancel : kMostRestores)) {
    return Pause{kRestoreInterval};
  }
  const std::string rest = fmt::format("the OtaUrl of the device is not restored; it was '{}'",
                                       identity_text(*old_url_));
  return Finish{outcome_ ? Error(outcome_->code(), outcome_->message() + "; " + rest)
                         : Error(Errc::DeviceRefused, "the device is updated, but " + rest)};
}

FetchPlan::Action FetchPlan::cancel() {
  if (stage_ == Stage::Restoring && outcome_ && outcome_->code() == Errc::Interrupted) {
    // A second interruption ends the attempts.
    restores_ = kMostRestores;
    return on_restoring(Unanswered{*outcome_});
  }
  return end(Error(Errc::Interrupted, "interrupted"));
}

}  // namespace otatool::http
