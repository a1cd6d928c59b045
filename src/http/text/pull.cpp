#include "otatool/http/pull.hpp"

#include "otatool/ascii.hpp"
#include "otatool/http/authorization.hpp"

namespace otatool::http {
namespace {

constexpr std::size_t kMd5Digits = 32;

PullDecision failed(Errc code, std::string message) {
  PullDecision decision;
  decision.error = Error(code, std::move(message));
  return decision;
}

/// The MD5 as the device compares it: 32 lower-case digits; nothing for any other text.
std::optional<std::string> md5_in(std::string_view text) {
  const std::string md5 = lower_case(text);
  const bool is_hex = md5.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_hex && md5.size() == kMd5Digits ? std::optional(md5) : std::nullopt;
}

PullDecision refused(unsigned status) {
  switch (status) {
    case 401:
      return failed(Errc::PasswordRefused, "Unauthorized (401)");
    case 403:
      return failed(Errc::DeviceRefused, "Forbidden (403)");
    case 404:
      return failed(Errc::NotFound, "File Not Found (404)");
    default:
      return failed(Errc::DeviceRefused, "Wrong HTTP Code (" + std::to_string(status) + ")");
  }
}

}  // namespace

Secret pull_request(const Url& url, const DeviceRequest& device) {
  std::string text = "GET " + url.target + " HTTP/1.0\r\nHost: " + url.authority() + "\r\n";
  for (const OwnedField& field : device_request_fields(device)) {
    text += field.name + ": " + field.value + "\r\n";
  }
  text += "Connection: close\r\n";
  if (url.password) {
    const Secret proof = basic_authorization({url.user, *url.password});
    text.reserve(text.size() + proof.reveal().size() + 32);
    text += "Authorization: ";
    text += proof.reveal();
    text += "\r\n";
  }
  return Secret(text + "\r\n");
}

PullDecision check_offer(const Offer& offer, std::uint64_t space) {
  if (offer.status == 304) {
    PullDecision decision;
    decision.step = PullStep::UpToDate;
    return decision;
  }
  if (offer.status != 200) {
    return refused(offer.status);
  }
  if (offer.chunked || !offer.content_length || *offer.content_length == 0) {
    return failed(Errc::DeviceRefused, "Server Did Not Report Size");
  }
  if (*offer.content_length > space) {
    return failed(Errc::DoesNotFit,
                  "Not Enough space: " + std::to_string(*offer.content_length) + " bytes, " +
                      std::to_string(space) + " available");
  }
  PullDecision decision;
  if (const auto md5 = find_field(offer.fields, "x-MD5")) {
    decision.md5 = md5_in(*md5);
    if (!decision.md5) {
      return failed(Errc::DeviceRefused, "Wrong MD5: '" + std::string(*md5) + "'");
    }
  }
  decision.version = find_field(offer.fields, "x-version").value_or(std::string_view());
  decision.step = PullStep::Update;
  decision.size = static_cast<std::uint32_t>(*offer.content_length);
  return decision;
}

}  // namespace otatool::http
