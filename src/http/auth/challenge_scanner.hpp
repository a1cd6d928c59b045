// Reads the values of WWW-Authenticate and Authorization from the front: tokens, and texts in
// quotes (RFC 9110 11.6.1, 5.6.4).
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
  /// Empty when there is none.
  std::string_view token();
  /// Goes on behind this character, if it is the next one.
  bool take(char c);
  /// A token or a quoted string; nothing when the quotes do not end.
  std::optional<std::string> value();

 private:
  std::string_view rest_;
};

}  // namespace otatool::http
