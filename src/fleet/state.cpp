#include "otatool/fleet/state.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace otatool::fleet {
namespace {

constexpr std::array<std::string_view, 9> kStateWords = {"",
                                                         "current",
                                                         "waiting",
                                                         "offered",
                                                         "downloaded",
                                                         "confirmed",
                                                         "not-applied",
                                                         "interrupted",
                                                         "refused"};

}  // namespace

std::string_view to_string(State state) {
  return kStateWords.at(static_cast<std::size_t>(state));
}

std::optional<State> parse_state(std::string_view text) {
  const auto* const found = std::ranges::find(kStateWords, text);
  if (found == kStateWords.end()) {
    return std::nullopt;
  }
  return static_cast<State>(found - kStateWords.begin());
}

}  // namespace otatool::fleet
