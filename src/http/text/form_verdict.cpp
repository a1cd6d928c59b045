#include "otatool/http/form_verdict.hpp"

#include <algorithm>
#include <string>

#include "otatool/ascii.hpp"

namespace otatool::http {
namespace {

constexpr std::string_view kSuccess = "Update Success";
constexpr std::string_view kFailure = "Update error:";
constexpr std::size_t kLongestQuote = 160;

/// The first line of text, up to the first HTML tag.
std::string first_words(std::string_view text) {
  text = trimmed(text);
  text = trimmed(text.substr(0, text.find_first_of("\r\n<")));
  return std::string(text.substr(0, kLongestQuote));
}

Error reported(std::string_view text) {
  std::string words = first_words(text);
  return {Errc::DeviceReported,
          words.empty() ? "the device reported an error without a reason"
                        : "the device reported: " + words};
}

/// The verdict in a body of status 2xx. Example sketches of both cores without the stock page send
/// `OK` or `FAIL`.
std::optional<Error> check_body(std::string_view body) {
  const std::size_t failure = body.find(kFailure);
  const bool success = body.find(kSuccess) != std::string_view::npos;
  if (success != (failure != std::string_view::npos)) {
    return success ? std::nullopt : std::optional(reported(body.substr(failure + kFailure.size())));
  }
  const std::string_view words = trimmed(body);
  if (words == "OK") {
    return std::nullopt;
  }
  if (words == "FAIL") {
    return reported(words);
  }
  const std::string quote = first_words(body);
  return Error(Errc::VerdictLost,
               quote.empty() ? "the device replied without a verdict"
                             : "the device replied without a verdict: '" + quote + "'");
}

}  // namespace

bool says_success(std::string_view body) {
  return body.find(kSuccess) != std::string_view::npos;
}

std::optional<Error> check_response(const FormResponse& response) {
  if (response.status >= 200 && response.status < 300) {
    return check_body(response.body);
  }
  if (response.status == 401) {
    return response.with_password ? Error(Errc::PasswordRefused, "the device refused the password")
                                  : Error(Errc::PasswordNeeded, "the device asks for a password");
  }
  if (response.status == 404) {
    return Error(Errc::NotFound, "the device has no form at this path (status 404)");
  }
  if (const std::size_t failure = response.body.find(kFailure); failure != std::string_view::npos) {
    return reported(response.body.substr(failure + kFailure.size()));
  }
  std::string text = "the device replied with status " + std::to_string(response.status);
  if (const std::string quote = first_words(response.body); !quote.empty()) {
    text += ": " + quote;
  }
  return Error(Errc::DeviceRefused, std::move(text));
}

}  // namespace otatool::http
