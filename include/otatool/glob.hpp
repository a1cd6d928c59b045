// Shell patterns for names and versions: `*`, `?`, `[a-z]` and `[!a-z]`.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace otatool {
namespace detail {

struct ClassMatch {
  bool matches = false;
  std::size_t length = 0;  ///< of the class in the pattern; 0: there is no class
};

/// Matches `c` with the class at the start of `glob`.
inline ClassMatch match_class(std::string_view glob, char c) {
  const std::size_t end = glob.find(']', 2);
  if (!glob.starts_with('[') || end == std::string_view::npos) {
    return {};
  }
  std::string_view inside = glob.substr(1, end - 1);
  const bool negated = inside.front() == '!' && inside.size() > 1;
  inside.remove_prefix(negated ? 1 : 0);
  bool found = false;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (i + 2 < inside.size() && inside[i + 1] == '-') {
      found = found || (inside[i] <= c && c <= inside[i + 2]);
      i += 2;
    } else {
      found = found || inside[i] == c;
    }
  }
  return {.matches = found != negated, .length = end + 1};
}

/// The number of pattern characters that match `c`; 0 for a mismatch.
inline std::size_t match_one(std::string_view glob, char c) {
  if (const ClassMatch match = match_class(glob, c); match.length > 0) {
    return match.matches ? match.length : 0;
  }
  return !glob.empty() && (glob.front() == '?' || glob.front() == c) ? 1 : 0;
}

}  // namespace detail

/// True if the whole `text` matches `glob`. Case matters; a `[` without `]` is an ordinary
/// character.
[[nodiscard]] inline bool matches_glob(std::string_view text, std::string_view glob) {
  // After a mismatch only the last `*` has to match one more character: no recursion is needed.
  std::optional<std::pair<std::string_view, std::string_view>> last_star;
  while (!text.empty()) {
    if (glob.starts_with('*')) {
      glob.remove_prefix(1);
      last_star = {text, glob};
    } else if (const std::size_t length = detail::match_one(glob, text.front()); length > 0) {
      text.remove_prefix(1);
      glob.remove_prefix(length);
    } else if (last_star) {
      last_star->first.remove_prefix(1);
      text = last_star->first;
      glob = last_star->second;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*') == std::string_view::npos;
}

}  // namespace otatool
