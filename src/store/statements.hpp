// SQL statements made from lists of columns ("a, b, c").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otatool::store {

[[nodiscard]] std::vector<std::string> names_in(std::string_view columns);
[[nodiscard]] std::string insert_into(const std::string& table, const std::string& columns);
/// An INSERT that replaces all columns but the first `keys`, which are the primary key.
[[nodiscard]] std::string upsert_into(const std::string& table,
                                      const std::string& columns,
                                      std::size_t keys);

}  // namespace otatool::store
