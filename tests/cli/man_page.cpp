#include "tests/cli/man_page.hpp"

#include <algorithm>

namespace otatool::test {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    lines.emplace_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::vector<std::string> section_of(std::string_view page, std::string_view heading) {
  std::vector<std::string> section;
  bool inside = false;
  for (std::string& line : lines_of(page)) {
    if (line.starts_with("# ")) {
      inside = line.substr(2) == heading;
    } else if (inside) {
      section.push_back(std::move(line));
    }
  }
  return section;
}

std::vector<DefinitionGroup> groups_in(const std::vector<std::string>& section) {
  constexpr std::string_view kHeading = "## ";
  std::vector<DefinitionGroup> groups(1);
  for (const std::string& line : section) {
    if (line.starts_with(kHeading)) {
      groups.push_back({line.substr(kHeading.size()), {}});
    } else if (line.starts_with('*')) {
      groups.back().terms.push_back(plain(line));
    }
  }
  std::erase_if(groups, [](const DefinitionGroup& group) { return group.terms.empty(); });
  return groups;
}

std::optional<std::string> summary_of(std::string_view page, std::string_view name) {
  const std::string start = std::string(name) + " - ";
  for (const std::string& line : section_of(page, "NAME")) {
    if (line.starts_with(start)) {
      return line.substr(start.size());
    }
  }
  return std::nullopt;
}

std::vector<Definition> definitions_in(const std::vector<std::string>& section) {
  std::vector<Definition> definitions;
  for (std::size_t i = 0; i + 1 < section.size(); ++i) {
    if (section[i].starts_with('*') && section[i + 1].starts_with('\t')) {
      definitions.push_back({plain(section[i]), plain(section[i + 1].substr(1))});
    }
  }
  return definitions;
}

std::string plain(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      result += text[++i];
    } else if (text[i] != '*' && text[i] != '_') {
      result += text[i];
    }
  }
  return result;
}

}  // namespace otatool::test
