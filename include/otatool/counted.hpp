// A number and what it counts, for messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace otatool {

/// `1 rule`, `2 rules`.
[[nodiscard]] inline std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace otatool
