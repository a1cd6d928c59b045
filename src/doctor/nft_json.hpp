// Members of JSON objects whose types may be unexpected.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace otatool::doctor {

/// The text at `key`; empty if there is none.
inline std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The list at `key`; empty if there is none.
inline nlohmann::json list_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : nlohmann::json::array();
}

/// The whole number at `key`; 0 if there is none.
inline std::int64_t number_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace otatool::doctor
