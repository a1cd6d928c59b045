// Compares two firmware versions. Text in, values out.
#pragma once

#include <compare>
#include <string_view>

namespace otatool::http {

/// Semantic Versioning 2.0.0, extended by a leading `v` and by one to four numbers of any size;
/// missing numbers are 0 (`v2.1` equals `2.1.0`). A pre-release comes before its release; text
/// after
/// `+` is ignored. Equal texts are equivalent. `unordered` if either text is not a version.
[[nodiscard]] std::partial_ordering compare_versions(std::string_view left, std::string_view right);

}  // namespace otatool::http
