#include "http/text/html_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "otatool/ascii.hpp"

namespace otatool::http {
namespace {

constexpr std::array<std::string_view, 3> kInvisible = {"head", "script", "style"};
constexpr std::array<std::pair<std::string_view, char>, 6> kEntities = {{{"&lt;", '<'},
                                                                         {"&gt;", '>'},
                                                                         {"&quot;", '"'},
                                                                         {"&#39;", '\''},
                                                                         {"&nbsp;", ' '},
                                                                         {"&amp;", '&'}}};

/// The name of the tag at the start of `html`, in lower case; `/name` for an end tag.
std::string tag_name(std::string_view html) {
  const std::size_t end = std::min(html.find_first_of(" \t\r\n>", 1), html.size());
  return lower_case(html.substr(1, end - 1));
}

/// Removes a tag from the start of `html`, and the content of an invisible element.
void skip_tag(std::string_view& html) {
  const std::string name = tag_name(html);
  html.remove_prefix(std::min(html.find('>'), html.size() - 1) + 1);
  if (std::ranges::find(kInvisible, name) == kInvisible.end()) {
    return;
  }
  while (!html.empty() && tag_name(html) != "/" + name) {
    html.remove_prefix(std::min(html.find('<', 1), html.size()));
  }
}

char take_character(std::string_view& html) {
  for (const auto& [entity, character] : kEntities) {
    if (html.starts_with(entity)) {
      html.remove_prefix(entity.size());
      return character;
    }
  }
  const char character = html.front();
  html.remove_prefix(1);
  return character;
}

}  // namespace

std::vector<std::string> text_lines(std::string_view html) {
  std::vector<std::string> lines;
  std::string line;
  const auto end_line = [&] {
    if (const std::string_view text = trimmed(line); !text.empty()) {
      lines.emplace_back(text);
    }
    line.clear();
  };
  while (!html.empty()) {
    if (html.front() == '<') {
      skip_tag(html);
      end_line();
    } else if (html.front() == '\n' || html.front() == '\r') {
      html.remove_prefix(1);
      end_line();
    } else {
      line.push_back(take_character(html));
    }
  }
  end_line();
  return lines;
}

}  // namespace otatool::http
