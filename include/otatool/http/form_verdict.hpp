// Reads the verdict from the response of a device's web form. The verdict is in the body: stock
// servers send status 200 for success and failure (espota.md 5.1, 5.2). Knows the texts of all
// families in field-firmwares.md, and none of them is in a language of the user. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "otatool/error.hpp"
#include "otatool/http/family.hpp"

namespace otatool::http {

/// Bytes of a response body that are read at most.
inline constexpr std::size_t kLargestResponse = std::size_t{64} << 10U;

/// Whether a body, complete or not, says that the image was accepted. That verdict is final: the
/// device restarts.
[[nodiscard]] bool says_success(std::string_view body);

struct FormResponse {
  unsigned status = 0;
  std::string_view body;
  bool with_password = false;    ///< the request had an Authorization field
  bool challenged = true;        ///< a 401 has a WWW-Authenticate field
  std::uint64_t image_size = 0;  ///< bytes of the image; 0 for the answer to a GET
  Family family = Family::Unknown;
};

/// Nothing if the device accepted the image: only the words of its family count, or of any family
/// if it is unknown. Otherwise PasswordNeeded or PasswordRefused (401 with a challenge), NotFound
/// (404), DeviceReported with the device's text, DeviceRefused for any other status and for a lock,
/// a PIN or a rule about networks, or VerdictLost for a success status without a verdict.
[[nodiscard]] std::optional<Error> check_response(const FormResponse& response);

/// The denial that a page states instead of showing a form, as WLED does for a lock, a PIN and
/// another subnet.
[[nodiscard]] std::optional<Error> stated_denial(std::string_view body);

}  // namespace otatool::http
