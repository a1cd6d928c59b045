// What a misspelt word was probably meant to be. Text in, text out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace otatool::cli {

/// How many letters have to be inserted, left out, replaced or swapped with their neighbour.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `word` abbreviates or misspells (about one letter in three), if any. The
/// first one wins among equals.
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word,
                                                      std::span<const std::string_view> candidates);

}  // namespace otatool::cli
