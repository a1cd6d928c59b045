#include "tests/cli/script.hpp"

#include <stdexcept>

namespace otatool::test {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

std::vector<Statement> parse_script(std::string_view text) {
  std::vector<Statement> statements;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('|')) {
      if (statements.empty()) {
        throw std::runtime_error("line " + std::to_string(number) + ": text below no statement");
      }
      const bool bare = line.size() < 2;
      statements.back().text += std::string(bare ? "" : line.substr(2)) + "\n";
    } else if (const std::string_view words = trimmed(line); !words.empty() && words[0] != '#') {
      const std::string_view verb = words.substr(0, words.find(' '));
      statements.push_back({.line = number,
                            .verb = std::string(verb),
                            .rest = std::string(trimmed(words.substr(verb.size()))),
                            .text = {}});
    }
  }
  return statements;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool quoted = false;
  bool inside = false;
  for (const char letter : text) {
    if (letter == ' ' && !quoted) {
      inside = false;
      continue;
    }
    if (!inside) {
      words.emplace_back();
      inside = true;
    }
    if (letter == '\'') {
      quoted = !quoted;
    } else {
      words.back() += letter;
    }
  }
  return words;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace otatool::test
