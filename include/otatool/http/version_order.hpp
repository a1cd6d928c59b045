// Which of two firmware versions is the newer one. Text in, values out.
#pragma once

#include <compare>
#include <string_view>

namespace otatool::http {

/// Semantic Versioning 2.0.0 with what firmware adds in practice: a `v` in front, and one to four
/// numbers of any size, missing ones being 0 (`v2.1` equals `2.1.0`). A pre-release comes before
/// its release; what follows a `+` does not count. Equal texts are equivalent whatever they are;
/// otherwise `unordered` when one of them is no such version.
[[nodiscard]] std::partial_ordering compare_versions(std::string_view left, std::string_view right);

}  // namespace otatool::http
