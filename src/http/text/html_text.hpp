// The visible text of HTML from small web servers. Not a parser: tags end lines, five entities are
// decoded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otatool::http {

/// The lines of the text outside of tags, `head`, `script` and `style`; trimmed, none empty. Text
/// without tags is split at its line ends.
[[nodiscard]] std::vector<std::string> text_lines(std::string_view html);

}  // namespace otatool::http
