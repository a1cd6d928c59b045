// What a device's web form answered to an image. The verdict is in the body: stock servers send
// status 200 in both cases (espota.md 5.1, 5.2). A pure function.
#pragma once

#include <optional>
#include <string_view>

#include "otatool/error.hpp"

namespace otatool::http {

/// More of an answer need not be read.
inline constexpr std::size_t kLargestAnswer = std::size_t{64} << 10U;

/// Whether the body, which may still be incomplete, already says that the image was taken. What
/// follows cannot take it back: the device restarts.
[[nodiscard]] bool says_success(std::string_view body);

struct FormAnswer {
  unsigned status = 0;
  std::string_view body;
  bool with_password = false;  ///< the request carried one
};

/// Nothing when the device says that it took the image. Otherwise PasswordNeeded or PasswordRefused
/// (401), NotFound (404), DeviceReported with the device's own text, DeviceRefused for any other
/// status, or VerdictLost when a success status comes without any verdict.
[[nodiscard]] std::optional<Error> judge_answer(const FormAnswer& answer);

}  // namespace otatool::http
