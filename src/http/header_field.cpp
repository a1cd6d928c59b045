#include "otatool/http/header_field.hpp"

#include <algorithm>

namespace otatool::http {
namespace {

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

bool same_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(
      left, right, [](char one, char other) { return lower(one) == lower(other); });
}

std::optional<std::string_view> find_field(std::span<const HeaderField> fields,
                                           std::string_view name) {
  for (const HeaderField& field : fields) {
    if (same_name(field.name, name)) {
      return field.value;
    }
  }
  return std::nullopt;
}

}  // namespace otatool::http
