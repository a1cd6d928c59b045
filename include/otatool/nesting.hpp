// Finds TOML and JSON texts that nest too deeply, in one pass and without recursion. The parsers
// recurse for each level and overflow the stack, so a text must be checked before it is parsed.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace otatool {

/// Most arrays and tables that are open at once.
inline constexpr std::size_t kDeepestNesting = 32;
/// Most parts of a dotted key or table name: `a.b.c` has three.
inline constexpr std::size_t kMostKeyParts = 16;

struct TooDeep {
  std::size_t line = 0;   ///< from 1
  std::string_view what;  ///< for a message
};

/// Scans a TOML or JSON text. What is text for one of them and not for the other (`#`, `'`, `"""`)
/// is a syntax error there, at which the parser stops.
class NestingScan {
 public:
  explicit constexpr NestingScan(std::string_view text) : text_(text) {}

  /// The first place that exceeds a limit; nothing if there is none. Leaves other faults to the
  /// parser.
  [[nodiscard]] constexpr std::optional<TooDeep> run() {
    while (at_ < text_.size()) {
      const char letter = text_[at_];
      if (letter == '"' || letter == '\'') {
        skip_string(letter);
      } else if (letter == '#') {
        at_ = text_.find('\n', at_);
      } else {
        take(letter);
        ++at_;
      }
      if (depth_ > kDeepestNesting) {
        return TooDeep{line_, "more than 32 arrays or tables inside each other"};
      }
      if (dots_ >= kMostKeyParts) {
        return TooDeep{line_, "a name of more than 16 parts"};
      }
    }
    return std::nullopt;
  }

 private:
  constexpr void take(char letter) {
    constexpr std::string_view kAroundNames = "[{]},=\n";
    line_ += letter == '\n' ? 1 : 0;
    dots_ =
        kAroundNames.find(letter) == std::string_view::npos ? dots_ + (letter == '.' ? 1 : 0) : 0;
    if (letter == '[' || letter == '{') {
      ++depth_;
    } else if ((letter == ']' || letter == '}') && depth_ > 0) {
      --depth_;
    }
  }

  constexpr void skip_string(char quote) {
    const std::string_view rest = text_.substr(at_);
    const bool long_form = rest.starts_with("\"\"\"") || rest.starts_with("'''");
    const std::string_view quotes = rest.substr(0, long_form ? 3 : 1);
    at_ += quotes.size();
    while (at_ < text_.size() && !text_.substr(at_).starts_with(quotes)) {
      at_ += text_[at_] == '\\' && quote == '"' ? 1 : 0;
      const bool line_end = at_ < text_.size() && text_[at_] == '\n';
      if (line_end && !long_form) {
        at_ = text_.size();  // a syntax error
        return;
      }
      line_ += line_end ? 1 : 0;
      ++at_;
    }
    at_ += quotes.size();
    // Up to two quotes that belong to the text may touch the closing three.
    for (int more = 0; long_form && more < 2; ++more) {
      at_ += at_ < text_.size() && text_[at_] == quote ? 1 : 0;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t depth_ = 0;
  std::size_t dots_ = 0;
};

[[nodiscard]] constexpr std::optional<TooDeep> find_too_deep(std::string_view text) {
  return NestingScan(text).run();
}

}  // namespace otatool
