#include "otatool/http/form_verdict.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "otatool/ascii.hpp"

#include "http/text/html_text.hpp"

namespace otatool::http {
namespace {

constexpr std::size_t kLongestQuote = 160;
constexpr std::string_view kSuccess = "update success";
/// The page reloads itself after a success; its words depend on the language.
constexpr std::string_view kTasmotaSuccess = "function(){location.href='.';}";
constexpr std::string_view kTasmotaReason = "</font></b><br><br>";
/// Other texts of a success, in lower case: ESP-Miner, the basic page of ESPurna.
constexpr std::array<std::string_view, 2> kOtherSuccesses = {"update complete, rebooting now!",
                                                             "<code>rebooting...</code>"};
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

/// An error that the body states, whatever the status.
std::optional<Error> stated_error(std::string_view body) {
  const std::string text = lower_case(body);
  if (const std::size_t at = text.find(kDenied); at != std::string::npos) {
    const std::string reason = reason_after(body.substr(at + kDenied.size()));
    return Error(Errc::DeviceRefused,
                 "the device denied access" + (reason.empty() ? reason : ": " + reason));
  }
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
std::optional<bool> json_verdict(const FormResponse& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  if (const auto status = json.find("status"); status != json.end() && status->is_string()) {
    return *status == "ok";
  }
  if (const auto size = json.find("size"); size != json.end() && size->is_number_unsigned()) {
    return *size == response.image_size;
  }
  return std::nullopt;
}

/// The verdict in a body of status 2xx.
std::optional<Error> check_body(const FormResponse& response) {
  const bool success = says_success(response.body);
  auto error = stated_error(response.body);
  const bool tasmota = response.body.find(kTasmotaSuccess) != std::string_view::npos;
  if (success && (!error || tasmota)) {
    return std::nullopt;
  }
  if (!success && error) {
    return error;
  }
  const std::string_view words = trimmed(response.body);
  if (words == "OK") {
    return std::nullopt;
  }
  if (const auto verdict = json_verdict(response)) {
    return *verdict ? std::nullopt : std::optional(reported(quote(words)));
  }
  const std::string text = summary(response.body);
  return Error(Errc::VerdictLost,
               text.empty() ? "the device replied without a verdict"
                            : "the device replied without a verdict: '" + text + "'");
}

Error refused_password(const FormResponse& response) {
  return response.with_password ? Error(Errc::PasswordRefused, "the device refused the password")
                                : Error(Errc::PasswordNeeded, "the device asks for a password");
}

}  // namespace

bool says_success(std::string_view body) {
  const std::string text = lower_case(body);
  const auto contains = [&text](std::string_view words) {
    return text.find(words) != std::string::npos;
  };
  return contains(kSuccess) || contains(kTasmotaSuccess) ||
         std::ranges::any_of(kOtherSuccesses, contains);
}

std::optional<Error> check_response(const FormResponse& response) {
  if (response.status >= 200 && response.status < 300) {
    return check_body(response);
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
  std::string text = "the device replied with status " + std::to_string(response.status);
  if (const std::string reason = summary(response.body); !reason.empty()) {
    text += ": " + reason;
  }
  return Error(Errc::DeviceRefused, std::move(text));
}

}  // namespace otatool::http
