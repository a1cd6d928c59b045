#include "otatool/http/header_field.hpp"

#include <algorithm>

#include "otatool/ascii.hpp"

namespace otatool::http {

bool same_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(
      left, right, [](char one, char other) { return lower_case(one) == lower_case(other); });
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
