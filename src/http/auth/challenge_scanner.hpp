// Scanner over the values of WWW-Authenticate and Authorization: tokens and quoted strings
// (RFC 9110 11.6.1, 5.6.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace otatool::http {

class ChallengeScanner {
 public:
  explicit ChallengeScanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  void skip_blanks();
  /// Blanks and commas.
  void skip_separators();
  void skip_one() { rest_.remove_prefix(1); }
  /// The next token; empty if there is none.
  std::string_view token();
  /// Skips `c` if it is the next character.
  bool take(char c);
  /// A token or a quoted string; nothing without a closing quote.
  std::optional<std::string> value();

 private:
  std::string_view rest_;
};

}  // namespace otatool::http
