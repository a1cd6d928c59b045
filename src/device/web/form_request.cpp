#include "device/web/form_request.hpp"

#include <chrono>
#include <cstdint>

#include "device/web/form_page.hpp"

namespace otatool::device {
namespace {

using Clock = std::chrono::steady_clock;

std::uint32_t milliseconds(Clock::time_point time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

}  // namespace

FormRequest::FormRequest(FormShared& shared,
                         const firmware::Endpoint& from,
                         const std::string& peer)
    : shared_(shared),
      from_(from),
      update_(shared.owner, peer),
      reader_([this](Bytes bytes) { take_body(bytes); }) {}

FormAuth::Login FormRequest::login() {
  if (login_) {
    return *login_;
  }
  const auto now = Clock::now();
  const std::string authorization = reader_.field("Authorization");
  const std::uint32_t left = shared_.guesses.pause_left(from_, milliseconds(now));
  if (left != 0 && !authorization.empty() && !shared_.auth.is_open()) {
    pause_ = std::chrono::milliseconds(left);
    login_ = FormAuth::Login::Missing;
    return *login_;
  }
  login_ = shared_.auth.judge(authorization, reader_.method(), reader_.target(), now);
  if (*login_ == FormAuth::Login::Wrong) {
    shared_.guesses.wrong_answer(from_, milliseconds(now));
  } else if (*login_ == FormAuth::Login::Accepted) {
    shared_.guesses.right_answer();
  }
  return *login_;
}

std::string FormRequest::response() {
  if (reader_.target() != kFormPath) {
    return not_found_answer(reader_.target());
  }
  // Stock pages refuse a password after the whole body, too.
  if (login() != FormAuth::Login::Accepted) {
    return pause_.count() != 0 ? paused_answer(pause_) : shared_.auth.refuse(login(), Clock::now());
  }
  if (reader_.method() == "GET") {
    return form_page();
  }
  return reader_.method() == "POST" ? verdict() : answer_text("405 Method Not Allowed", "");
}

bool FormRequest::on_file(const char* field, const char*, std::uint32_t size) {
  // Any other name means firmware, as on stock pages (espota.md 5.1).
  const bool filesystem = std::string_view(field) == "filesystem";
  return update_.begin(
      {filesystem ? wire::Command::Filesystem : wire::Command::Flash, size, std::nullopt});
}

bool FormRequest::on_bytes(const std::uint8_t* bytes, std::size_t length) {
  return update_.write(std::span(bytes, length));
}

void FormRequest::take_body(Bytes bytes) {
  if (!begun_) {
    begun_ = true;
    taken_ = reader_.target() == kFormPath && reader_.method() == "POST" &&
             login() == FormAuth::Login::Accepted && origin_matches();
    const std::string type = reader_.field("Content-Type");
    if (taken_) {
      form_error_ = form_.begin(type.data(), type.size(), reader_.content_length().value_or(0));
    }
  }
  if (taken_ && form_error_ == firmware::FormError::None) {
    form_error_ = form_.write(bytes.data(), bytes.size());
  }
}

std::string FormRequest::verdict() {
  if (!origin_matches()) {
    return shared_.auth.is_open() ? failure_answer("Wrong origin received!")
                                  : shared_.auth.refuse(FormAuth::Login::Missing, Clock::now());
  }
  const firmware::FormError error =
      form_error_ == firmware::FormError::None ? form_.end() : form_error_;
  if (update_.applied() && error == firmware::FormError::None) {
    return success_answer();
  }
  if (error == firmware::FormError::Sink) {
    return failure_answer(update_.words());
  }
  update_.abandon(Error(Errc::DeviceRefused, firmware::describe(error)));
  return failure_answer(firmware::describe(error));
}

bool FormRequest::origin_matches() {
  return shared_.owner.facts().chip == ChipFamily::Esp8266 ||
         reader_.field("Origin") == "http://" + reader_.field("Host");
}

}  // namespace otatool::device
