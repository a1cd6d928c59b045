// A batch of events as a line of JSON, for a file that only this program reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "otatool/store/shared_store.hpp"

namespace otatool::store {

/// Without the end of the line.
[[nodiscard]] std::string to_line(const EventBatch& batch);
/// Nothing for another text.
[[nodiscard]] std::optional<EventBatch> parse_line(std::string_view line);

}  // namespace otatool::store
