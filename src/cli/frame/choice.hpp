// The fixed set of values of an option or of a key in a configuration file.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "otatool/chip_family.hpp"

namespace otatool::cli {

/// One value and its name: `{"esp8266", ChipFamily::Esp8266}`.
template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

/// The value of the choice with this name, or nothing.
template <typename T>
[[nodiscard]] std::optional<T> find_choice(std::span<const Choice<T>> choices,
                                           std::string_view name) {
  const auto found = std::ranges::find(choices, name, &Choice<T>::name);
  return found == choices.end() ? std::nullopt : std::optional<T>(found->value);
}

/// The values of --chip, and of `chip` in a configuration file.
inline constexpr std::array kChipChoices = {
    Choice<ChipFamily>{"auto", ChipFamily::Unknown},
    Choice<ChipFamily>{"esp8266", ChipFamily::Esp8266},
    Choice<ChipFamily>{"esp32", ChipFamily::Esp32},
};

}  // namespace otatool::cli
