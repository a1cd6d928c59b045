#include "otatool/http/form_verdict.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "otatool/ascii.hpp"
#include "otatool/nesting.hpp"

#include "http/families/profile.hpp"
#include "http/text/html_text.hpp"

namespace otatool::http {
namespace {

constexpr std::size_t kLongestQuote = 160;
/// The page reloads itself after a success; its words depend on the language.
constexpr std::string_view kTasmotaSuccess = "function(){location.href='.';}";
constexpr std::string_view kTasmotaReason = "</font></b><br><br>";

struct Success {
  std::uint8_t word;      ///< one of the words in profile.hpp
  std::string_view text;  ///< in lower case
};
constexpr std::array kSuccesses = {Success{kUpdateSuccess, "update success"},
                                   Success{kPageReload, kTasmotaSuccess},
                                   Success{kRebootingNow, "update complete, rebooting now!"},
                                   Success{kRebootingPage, "<code>rebooting...</code>"}};
constexpr std::string_view kDenied = "access denied";
/// Texts before the reason of a failure, in lower case.
constexpr std::array<std::string_view, 3> kFailures = {
    "update error:", "update failed", kTasmotaReason};

std::string quote(std::string_view text) {
  return std::string(text.substr(0, kLongestQuote));
}

/// The first line of the text, without tags.
std::string first_line(std::string_view body) {
  const auto lines = text_lines(body);
  return lines.empty() ? std::string() : quote(lines.front());
}

/// The visible text of a page in one line; the first line of a body without tags.
std::string summary(std::string_view body) {
  if (body.find('<') == std::string_view::npos) {
    return first_line(body);
  }
  std::string text;
  for (const std::string& line : text_lines(body)) {
    text += (text.empty() ? "" : "; ") + line;
  }
  return quote(text);
}

/// The reason that follows a marker: `: text`, `!</h2>text`.
std::string reason_after(std::string_view rest) {
  rest = trimmed(rest);
  rest.remove_prefix(std::min(rest.find_first_not_of("!: "), rest.size()));
  return first_line(rest);
}

Error reported(const std::string& reason) {
  return {Errc::DeviceReported,
          reason.empty() ? "the device reported an error without a reason"
                         : "the device reported: " + reason};
}

/// A failure that the body states, whatever the status.
std::optional<Error> stated_error(std::string_view body) {
  if (auto denial = stated_denial(body)) {
    return denial;
  }
  const std::string text = lower_case(body);
  for (const std::string_view failure : kFailures) {
    if (const std::size_t at = text.find(failure); at != std::string::npos) {
      return reported(reason_after(body.substr(at + failure.size())));
    }
  }
  const std::string_view words = trimmed(text);
  if (words == "fail" || words.starts_with("error[") || words.starts_with("error:")) {
    return reported(first_line(body));
  }
  return std::nullopt;
}

/// The verdict of a JSON object: OpenBeken sends `size`, ESP3D `status`. Nothing for other bodies.
std::optional<bool> json_verdict(const FormResponse& response, unsigned words) {
  if ((words & (kJsonStatus | kJsonSize)) == 0 || find_too_deep(response.body)) {
    return std::nullopt;
  }
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  const auto status = json.find("status");
  if ((words & kJsonStatus) != 0 && status != json.end() && status->is_string()) {
    return *status == "ok";
  }
  const auto size = json.find("size");
  if ((words & kJsonSize) != 0 && size != json.end() && size->is_number_unsigned()) {
    return *size == response.image_size;
  }
  return std::nullopt;
}

/// Whether the body has one of the `words` that may stand anywhere in it.
bool contains_success(std::string_view body, unsigned words) {
  const std::string text = lower_case(body);
  return std::ranges::any_of(kSuccesses, [&](const Success& success) {
    return (words & success.word) != 0 && text.find(success.text) != std::string::npos;
  });
}

/// The verdict in a body of status 2xx.
std::optional<Error> check_body(const FormResponse& response) {
  const unsigned words = profile_of(response.family).success;
  const bool success = contains_success(response.body, words);
  auto error = stated_error(response.body);
  const bool tasmota =
      (words & kPageReload) != 0 && response.body.find(kTasmotaSuccess) != std::string_view::npos;
  if (success && (!error || tasmota)) {
    return std::nullopt;
  }
  if (!success && error) {
    return error;
  }
  const std::string_view body = trimmed(response.body);
  if ((words & kBareOk) != 0 && body == "OK") {
    return std::nullopt;
  }
  if (const auto verdict = json_verdict(response, words)) {
    return *verdict ? std::nullopt : std::optional(reported(quote(body)));
  }
  const std::string text = summary(response.body);
  return Error(Errc::VerdictLost,
               text.empty() ? "the device replied without a verdict"
                            : "the device replied without a verdict: '" + text + "'");
}

Error refused_password(const FormResponse& response) {
  if (response.family == Family::Tasmota && response.image_size > 0) {
    return {Errc::PasswordRefused,
            "the device refused the password after it had stored the image, which becomes active "
            "when the device restarts"};
  }
  return response.with_password ? Error(Errc::PasswordRefused, "the device refused the password")
                                : Error(Errc::PasswordNeeded, "the device asks for a password");
}

/// The meaning of a status in one family, if it differs from the usual one.
std::optional<Error> family_status(const FormResponse& response) {
  if (response.family == Family::Bitaxe && response.status == 401) {
    return Error(Errc::DeviceRefused,
                 "the device accepts uploads from its own private network only; the password is "
                 "not the cause");
  }
  if (response.family == Family::Esp3d && response.status == 401) {
    return refused_password(response);
  }
  if (response.family == Family::Wled && response.status == 503) {
    return Error(Errc::DeviceRefused, "another update of the device is running");
  }
  return std::nullopt;
}

}  // namespace

bool says_success(std::string_view body) {
  return contains_success(body, kAnySuccess);
}

std::optional<Error> stated_denial(std::string_view body) {
  const std::string text = lower_case(body);
  const std::size_t at = text.find(kDenied);
  if (at == std::string::npos) {
    return std::nullopt;
  }
  const std::string reason = reason_after(body.substr(at + kDenied.size()));
  return Error(Errc::DeviceRefused,
               "the device denied access" + (reason.empty() ? reason : ": '" + reason + "'") +
                   "; the password is not the cause");
}

std::optional<Error> check_response(const FormResponse& response) {
  if (response.status >= 200 && response.status < 300) {
    return check_body(response);
  }
  if (auto error = family_status(response)) {
    return error;
  }
  if (response.status == 401 && response.challenged) {
    return refused_password(response);
  }
  if (auto error = stated_error(response.body)) {
    return error;
  }
  if (response.status == 404) {
    return Error(Errc::NotFound, "the device has no form at this path (status 404)");
  }
  const std::string reason = summary(response.body);
  if (profile_of(response.family).plain_reason && !reason.empty()) {
    return reported(reason);
  }
  std::string text = "the device replied with status " + std::to_string(response.status);
  if (!reason.empty()) {
    text += ": " + reason;
  }
  return Error(Errc::DeviceRefused, std::move(text));
}

}  // namespace otatool::http
