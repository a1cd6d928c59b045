// A MAC address as a number.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otatool::fleet {

struct Mac {
  std::uint64_t number = 0;  ///< 48 bits, the first byte of the address is the highest

  // clang-tidy 14 takes the zero of a defaulted comparison for a null pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const Mac&, const Mac&) = default;
};

/// `5C:CF:7F:01:02:03`.
[[nodiscard]] std::string to_string(Mac mac);
/// Six bytes in hexadecimal, separated by `:`; nothing for another text.
[[nodiscard]] std::optional<Mac> parse_mac(std::string_view text);

}  // namespace otatool::fleet
