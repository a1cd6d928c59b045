// Parses the commands and options of a man page in scdoc format. Text in, values out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::test {

/// The lines of a section between its heading (`# OPTIONS`) and the next one.
[[nodiscard]] std::vector<std::string> section_of(std::string_view page, std::string_view heading);

/// A heading (`## Image`) and what the section defines below it, as `-j, --jobs N` or `upload`,
/// without the formatting marks.
struct DefinitionGroup {
  std::string heading;  ///< empty for what comes before the first heading
  std::vector<std::string> terms;
  friend bool operator==(const DefinitionGroup&, const DefinitionGroup&) = default;
};
/// The definitions of a section in their order. A group without any is left out.
[[nodiscard]] std::vector<DefinitionGroup> groups_in(const std::vector<std::string>& section);

/// The text after `NAME - ` in the section NAME.
[[nodiscard]] std::optional<std::string> summary_of(std::string_view page, std::string_view name);

struct Definition {
  std::string term;     ///< `*upload*` without its marks
  std::string meaning;  ///< the first line below it
};
[[nodiscard]] std::vector<Definition> definitions_in(const std::vector<std::string>& section);

/// Removes the marks of bold and underlined text; keeps escaped characters.
[[nodiscard]] std::string plain(std::string_view text);

}  // namespace otatool::test
