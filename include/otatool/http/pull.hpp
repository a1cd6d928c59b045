// How a device asks a server for an update, as ESP8266httpUpdate and the ESP32's HTTPUpdate do it
// (espota.md 5.3, 5.4): the request, and what becomes of the answer. No sockets, no clock.
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

/// The header of the request, HTTP/1.0 as the devices have it; a user in the address is proven by
/// Basic.
[[nodiscard]] Secret pull_request(const Url& url, const DeviceRequest& device);

/// An answer as far as its header goes.
struct Offer {
  unsigned status = 0;
  std::span<const HeaderField> fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
};

enum class PullStep { UpToDate, Update, Failed };

struct PullDecision {
  PullStep step = PullStep::Failed;
  std::optional<Error> error;      ///< with Failed, in the words of the device's library
  std::uint32_t size = 0;          ///< of the image, with Update
  std::optional<std::string> md5;  ///< 32 lower-case digits, if the server says it
  std::string version;             ///< of the image, if the server says it
};

/// What the device does: 304 means up to date; 200 needs a length that is not 0 and fits into
/// `space` bytes, and an MD5 of the right form if there is one. Redirects are not followed.
[[nodiscard]] PullDecision judge_offer(const Offer& offer, std::uint64_t space);

}  // namespace otatool::http
