// The requests that `push` sends to a device's web form. Text only; the image follows the last one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "otatool/http/form.hpp"
#include "otatool/http/url.hpp"

namespace otatool::http {

/// GET of the form's page: what a browser does first, and how a client learns which password
/// challenge there is before it sends an image. `authorization` may be empty.
[[nodiscard]] std::string page_request(const Url& url, std::string_view authorization);

/// Header of the POST, up to its empty line: Content-Length known, no chunks, no Expect, and an
/// Origin equal to `scheme://Host`, which ESP32 servers check (espota.md 5.2).
[[nodiscard]] std::string form_request(const Url& url,
                                       std::string_view authorization,
                                       const Form& form,
                                       std::uint64_t image_size);

}  // namespace otatool::http
