// Reads the report of an earlier upload or push, the output of `--json`.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::cli {

/// The targets of a run, by the names in its events.
struct EarlierRun {
  std::set<std::string, std::less<>> succeeded;
  std::vector<std::string> left;  ///< failed or without a result, in their order
};

/// Reads one JSON object per line; the last result of a target counts. FileUnreadable, with the
/// number of the line, if a line is no event of an upload, or if no event names a target.
[[nodiscard]] Result<EarlierRun> parse_report(std::string_view text);

}  // namespace otatool::cli
