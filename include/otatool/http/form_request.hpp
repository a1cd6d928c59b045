// The requests that `push` sends to a device's web form. Text only, without the image.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "otatool/http/form.hpp"
#include "otatool/http/url.hpp"

namespace otatool::http {

/// GET of the form's page, as a browser does first. A client learns the password challenge from it
/// before it sends an image. `authorization` may be empty.
[[nodiscard]] std::string page_request(const Url& url, std::string_view authorization);

/// Header of the POST with its empty line: with Content-Length, without chunks and Expect.
/// `referer` is the path of the page that has the form. With it the header has the Origin
/// `scheme://Host` that ESP32 servers check (espota.md 5.2) and the Referer that Tasmota checks.
[[nodiscard]] std::string form_request(const Url& url,
                                       std::string_view authorization,
                                       const Form& form,
                                       std::uint64_t image_size,
                                       std::string_view referer);

}  // namespace otatool::http
