// Responses of a device's upload page, in the words of the stock pages (espota.md 5.1, 5.2).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace otatool::device {

/// The path of the form.
inline constexpr std::string_view kFormPath = "/update";

/// A complete response: status line, header, body. `more`: further header fields.
[[nodiscard]] std::string answer_text(std::string_view status,
                                      std::string_view body,
                                      std::string_view more = {});
/// Status 404, with the request's target escaped for HTML.
[[nodiscard]] std::string not_found_answer(std::string_view target);
/// Status 429: too many wrong passwords from this address.
[[nodiscard]] std::string paused_answer(std::chrono::milliseconds pause);
/// The page with the form.
[[nodiscard]] std::string form_page();
[[nodiscard]] std::string success_answer();
/// Status 200 too, like the stock pages.
[[nodiscard]] std::string failure_answer(std::string_view words);

}  // namespace otatool::device
