#include "store/statements.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace otatool::store {
namespace {

std::string places(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) {
    text += fmt::format("{}${}", i == 1 ? "" : ", ", i);
  }
  return text;
}

}  // namespace

std::vector<std::string> names_in(std::string_view columns) {
  std::vector<std::string> names;
  while (!columns.empty()) {
    const std::size_t end = std::min(columns.find(", "), columns.size());
    names.emplace_back(columns.substr(0, end));
    columns.remove_prefix(std::min(end + 2, columns.size()));
  }
  return names;
}

std::string insert_into(const std::string& table, const std::string& columns) {
  return fmt::format(
      "INSERT INTO {} ({}) VALUES ({})", table, columns, places(names_in(columns).size()));
}

std::string upsert_into(const std::string& table, const std::string& columns, std::size_t keys) {
  const auto names = names_in(columns);
  std::string key;
  std::string rest;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i < keys) {
      key += (i == 0 ? "" : ", ") + names[i];
    } else {
      rest += fmt::format("{0}{1} = excluded.{1}", i == keys ? "" : ", ", names[i]);
    }
  }
  return fmt::format(
      "{} ON CONFLICT ({}) DO UPDATE SET {}", insert_into(table, columns), key, rest);
}

}  // namespace otatool::store
