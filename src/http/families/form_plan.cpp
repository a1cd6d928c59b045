#include "otatool/http/form_plan.hpp"

#include <fmt/format.h>
#include <utility>

#include "otatool/ascii.hpp"
#include "otatool/http/form_verdict.hpp"

#include "http/families/profile.hpp"

namespace otatool::http {
namespace {

using std::chrono::milliseconds;

// Tasmota on an ESP32 with a single application partition (field-firmwares.md 3).
constexpr std::string_view kSafebootTarget = "/u4?u4=fct&api=";
constexpr std::string_view kWayBackTarget = "/u4?u4=ota";
constexpr std::string_view kUploadField = "name='u2'";
constexpr std::string_view kNeedsSafeboot = "return upl(this)";
constexpr milliseconds kWhileRestarting{6'000};
constexpr milliseconds kWhileUnreachable{2'000};
/// An upload directly after the answer `true` fails.
constexpr milliseconds kAfterSafeboot{1'000};
constexpr milliseconds kLongestRestart{90'000};

constexpr std::string_view kOpenBekenRestart = "/index?restart=1";

bool is_redirect(unsigned status) {
  return status >= 300 && status < 400 && status != 304;
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view default_upload(const Profile& profile, bool filesystem) {
  return filesystem && !profile.filesystem_upload.empty() ? profile.filesystem_upload
                                                          : profile.upload;
}

}  // namespace

FormContent content_of(const FormOrder& order) {
  const Profile& profile = profile_of(order.family);
  FormContent content;
  content.raw = profile.body == BodyForm::Raw && order.field.empty() && order.parts.empty();
  content.field = order.filesystem ? profile.filesystem_field : profile.field;
  content.file_name = profile.field_as_file_name ? content.field : order.file_name;
  if (!order.field.empty()) {
    content.field = order.field;
  }
  // Devices look for these parts when the first byte of the file arrives.
  if (profile.with_md5) {
    content.parts.push_back({"MD5", order.image_md5});
  }
  if (order.family == Family::Wled && order.skip_validation) {
    content.parts.push_back({"skipValidation", "1"});
  }
  if (order.family == Family::Esp3d) {
    content.parts.push_back({content.file_name + "S", std::to_string(order.image_size)});
  }
  content.parts.insert(content.parts.end(), order.parts.begin(), order.parts.end());
  return content;
}

FormPlan::FormPlan(FormOrder order) : order_(std::move(order)) {
  const Profile& profile = profile_of(order_.family);
  const std::string_view path = path_of(order_.target);
  page_ = profile.page;
  upload_ = default_upload(profile, order_.filesystem);
  const bool foreign = path != profile.page && path != profile.upload;
  if (!order_.target.empty() && (foreign || path == profile.upload)) {
    upload_ = order_.target;
  } else if (order_.family == Family::Tasmota) {
    upload_ += fmt::format("?fsz={}", order_.image_size);
  }
  if (!order_.target.empty() && !profile.page.empty() &&
      (foreign || profile.page == profile.upload)) {
    page_ = order_.target;
  }
}

FormPlan::Action FormPlan::start() {
  const Profile& profile = profile_of(order_.family);
  if (upload_.empty()) {
    return Finish{
        Error(Errc::WrongKind,
              fmt::format("a {} takes no uploads: it fetches its updates", profile.title))};
  }
  if (order_.filesystem && profile.filesystem_field.empty() && order_.field.empty()) {
    return Finish{Error(Errc::WrongKind,
                        fmt::format("{} takes no filesystem images over HTTP", profile.title))};
  }
  if (page_.empty()) {
    return open();
  }
  stage_ = Stage::Page;
  return Get{page_, order_.family == Family::Tasmota || order_.family == Family::Wled};
}

FormPlan::Action FormPlan::next(const Event& event) {
  switch (stage_) {
    case Stage::Page:
      if (const auto* page = std::get_if<Answered>(&event)) {
        return on_page(*page);
      }
      return Finish{std::get<Unanswered>(event).error};
    case Stage::Safeboot:
      return on_safeboot(event);
    case Stage::SafebootReady:
      return upload();
    case Stage::Opening:
      return on_opened(event);
    case Stage::Upload:
      return on_uploaded(event);
    case Stage::Restart:
      return on_restarted(event);
    case Stage::WayBack:
      break;
  }
  return Finish{refusal_};
}

FormPlan::Action FormPlan::on_page(const Answered& page) {
  if (is_redirect(page.status)) {
    return Finish{
        Error(Errc::DeviceRefused, fmt::format("the device redirects to '{}'", page.location))};
  }
  if (page.status == 401) {
    return Finish{verdict(page, 0)};
  }
  if (order_.family == Family::Wled) {
    if (auto denial = stated_denial(page.body)) {
      return Finish{std::move(denial)};
    }
  }
  if (order_.family != Family::Tasmota) {
    // Some servers have a form without a page at the same path.
    return open();
  }
  if (page.status != 200 || page.body.find(kUploadField) == std::string_view::npos) {
    return Finish{Error(Errc::DeviceRefused,
                        fmt::format("the device shows no upload page (status {}); a Tasmota with "
                                    "WebServer 1 takes no uploads",
                                    page.status))};
  }
  if (order_.is_app && page.body.find(kNeedsSafeboot) != std::string_view::npos) {
    return ask_safeboot();
  }
  return upload();
}

FormPlan::Action FormPlan::ask_safeboot() {
  stage_ = Stage::Safeboot;
  return Get{std::string(kSafebootTarget), true};
}

FormPlan::Action FormPlan::wait_for_safeboot(milliseconds time) {
  in_safeboot_ = true;
  if (safeboot_time_ >= kLongestRestart) {
    return Finish{Error(Errc::NoAnswer,
                        "the device did not come back from its restart into the "
                        "safeboot system")};
  }
  safeboot_time_ += time;
  return Pause{time};
}

FormPlan::Action FormPlan::on_safeboot(const Event& event) {
  if (std::holds_alternative<Paused>(event)) {
    return ask_safeboot();
  }
  const auto* answer = std::get_if<Answered>(&event);
  if (answer == nullptr) {
    const Error& error = std::get<Unanswered>(event).error;
    return error.code() == Errc::Interrupted ? Action(Finish{error})
                                             : wait_for_safeboot(kWhileUnreachable);
  }
  if (answer->status == 401) {
    return Finish{verdict(*answer, 0)};
  }
  if (answer->status == 404) {
    return upload();
  }
  if (trimmed(answer->body) == "true") {
    in_safeboot_ = true;
    stage_ = Stage::SafebootReady;
    return Pause{kAfterSafeboot};
  }
  return wait_for_safeboot(kWhileRestarting);
}

FormPlan::Action FormPlan::open() {
  if (order_.family != Family::ElegantOta3 || upload_ != profile_of(order_.family).upload) {
    return upload();
  }
  stage_ = Stage::Opening;
  return Get{
      fmt::format("/ota/start?mode={}&hash={}", order_.filesystem ? "fs" : "fr", order_.image_md5),
      true};
}

FormPlan::Action FormPlan::on_opened(const Event& event) {
  const auto* answer = std::get_if<Answered>(&event);
  if (answer == nullptr) {
    return Finish{std::get<Unanswered>(event).error};
  }
  if (auto error = verdict(*answer, 0)) {
    return Finish{std::move(error)};
  }
  return upload();
}

FormPlan::Action FormPlan::upload() {
  stage_ = Stage::Upload;
  Post post{.target = upload_, .referer = {}, .content = content_of(order_)};
  if (profile_of(order_.family).with_origin) {
    // Tasmota's own page sends this one.
    post.referer = order_.family == Family::Tasmota ? page_ + "?" : page_;
  }
  return post;
}

FormPlan::Action FormPlan::on_uploaded(const Event& event) {
  if (const auto* loss = std::get_if<Unanswered>(&event)) {
    return after_verdict(lost(*loss));
  }
  const auto& answer = std::get<Answered>(event);
  auto error = verdict(answer, order_.image_size);
  if (error && error->code() == Errc::VerdictLost && answer.incomplete) {
    error = Error(Errc::VerdictLost, error->message() + "; " + answer.incomplete->message());
  }
  return after_verdict(std::move(error));
}

FormPlan::Action FormPlan::after_verdict(std::optional<Error> error) {
  if (!error && order_.family == Family::OpenBeken) {
    stage_ = Stage::Restart;
    return Get{std::string(kOpenBekenRestart)};
  }
  if (error && in_safeboot_ && error->code() == Errc::DeviceReported) {
    // A failed file leaves the device in its safeboot system.
    refusal_ = std::move(error);
    stage_ = Stage::WayBack;
    return Get{std::string(kWayBackTarget)};
  }
  return Finish{std::move(error)};
}

FormPlan::Action FormPlan::on_restarted(const Event& event) const {
  const auto* answer = std::get_if<Answered>(&event);
  // A device that restarts may not answer.
  if (answer == nullptr || answer->status < 400) {
    return Finish{std::nullopt};
  }
  return Finish{Error(Errc::DeviceRefused,
                      fmt::format("the device stored the image and refused to restart (status {})",
                                  answer->status))};
}

std::optional<Error> FormPlan::verdict(const Answered& answer, std::uint64_t size) const {
  return check_response({.status = answer.status,
                         .body = answer.body,
                         .with_password = answer.with_password,
                         .challenged = answer.challenged,
                         .image_size = size,
                         .family = order_.family});
}

Error FormPlan::lost(const Unanswered& loss) const {
  const Error& error = loss.error;
  if (error.code() == Errc::Interrupted) {
    return error;
  }
  if (loss.all_delivered && order_.family == Family::OpenBeken &&
      error.code() == Errc::ConnectionClosed) {
    return {Errc::DeviceRefused,
            "the device closed the connection without an answer, which is how it refuses an image"};
  }
  if (loss.all_delivered) {
    const std::string_view why = order_.family == Family::Tasmota
                                     ? " (with SetOption128 0 a Tasmota does not answer if it "
                                       "rejects the Referer)"
                                     : "";
    return {Errc::VerdictLost,
            fmt::format(
                "all {} bytes were delivered, but {}{}", order_.image_size, error.message(), why)};
  }
  if (loss.image_begun && !profile_of(order_.family).repeatable) {
    return {Errc::NetworkFailed,
            error.message() + "; the device may keep this upload open until it restarts"};
  }
  return error;
}

}  // namespace otatool::http
