// The device's side of an update over HTTP, like ESP8266httpUpdate and HTTPUpdate (espota.md 5.3,
// 5.4): the request and the check of the response. No sockets, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "otatool/error.hpp"
#include "otatool/http/device_request.hpp"
#include "otatool/http/header_field.hpp"
#include "otatool/http/url.hpp"
#include "otatool/secret.hpp"

namespace otatool::http {

/// The request header, in HTTP/1.0 like the devices; a user in the URL is sent by Basic.
[[nodiscard]] Secret pull_request(const Url& url, const DeviceRequest& device);

/// The header of a response.
struct Offer {
  unsigned status = 0;
  std::span<const HeaderField> fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
};

enum class PullStep { UpToDate, Update, Failed };

struct PullDecision {
  PullStep step = PullStep::Failed;
  std::optional<Error> error;      ///< with Failed; the text of the device's library
  std::uint32_t size = 0;          ///< bytes of the image, with Update
  std::optional<std::string> md5;  ///< 32 lower-case digits, if sent
  std::string version;             ///< of the image, if sent
};

/// The device's decision. 304: up to date. 200: the length must be known, not 0 and at most `space`
/// bytes, and an MD5, if sent, must have 32 digits. Redirects are not followed.
[[nodiscard]] PullDecision check_offer(const Offer& offer, std::uint64_t space);

}  // namespace otatool::http
