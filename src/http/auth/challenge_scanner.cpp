#include "http/auth/challenge_scanner.hpp"

#include <algorithm>

namespace otatool::http {
namespace {

bool is_token(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte < 0x7F &&
         std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
}

}  // namespace

void ChallengeScanner::skip_blanks() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
}

void ChallengeScanner::skip_separators() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t,"), rest_.size()));
}

std::string_view ChallengeScanner::token() {
  const auto end = std::ranges::find_if_not(rest_, is_token);
  const std::string_view taken(rest_.data(), static_cast<std::size_t>(end - rest_.begin()));
  rest_.remove_prefix(taken.size());
  return taken;
}

bool ChallengeScanner::take(char c) {
  if (!rest_.starts_with(c)) {
    return false;
  }
  rest_.remove_prefix(1);
  return true;
}

std::optional<std::string> ChallengeScanner::value() {
  if (!take('"')) {
    return std::string(token());
  }
  std::string text;
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '"') {
      return text;
    }
    if (c == '\\' && !rest_.empty()) {
      text.push_back(rest_.front());
      rest_.remove_prefix(1);
    } else {
      text.push_back(c);
    }
  }
  return std::nullopt;
}

}  // namespace otatool::http
