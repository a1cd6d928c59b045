// Responses of a device's upload page, in the words of the stock pages (espota.md 5.1, 5.2).
#pragma once

#include <string>
#include <string_view>

namespace otatool::device {

/// The path of the form.
inline constexpr std::string_view kFormPath = "/update";

/// A complete response: status line, header, body. `more`: further header fields.
[[nodiscard]] std::string answer_text(std::string_view status,
                                      std::string_view body,
                                      std::string_view more = {});
/// The page with the form.
[[nodiscard]] std::string form_page();
[[nodiscard]] std::string success_answer();
/// Status 200 too, like the stock pages.
[[nodiscard]] std::string failure_answer(std::string_view words);

}  // namespace otatool::device
