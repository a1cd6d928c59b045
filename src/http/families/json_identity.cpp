#include "http/families/json_identity.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "otatool/nesting.hpp"

#include "http/families/identity_text.hpp"

namespace otatool::http {
namespace {

using Json = nlohmann::json;

/// The value at a pointer; nullptr if there is none.
const Json* value_at(const Json& json, std::string_view pointer) {
  const Json::json_pointer place{std::string(pointer)};
  return !pointer.empty() && json.contains(place) ? &json.at(place) : nullptr;
}

std::string text_at(const Json& json, std::string_view pointer) {
  const Json* value = value_at(json, pointer);
  if (value == nullptr) {
    return {};
  }
  if (value->is_string()) {
    return identity_text(value->get_ref<const std::string&>());
  }
  return value->is_number() ? value->dump() : std::string();
}

}  // namespace

std::optional<DeviceIdentity> read_json_identity(const JsonIdentity& places,
                                                 const DeviceAnswer& answer) {
  if (answer.status != 200 || find_too_deep(answer.body)) {
    return std::nullopt;
  }
  const Json json = Json::parse(answer.body, nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  const bool complete = std::ranges::all_of(places.required, [&json](std::string_view pointer) {
    return pointer.empty() || value_at(json, pointer) != nullptr;
  });
  const bool foreign = value_at(json, places.absent) != nullptr ||
                       (!places.brand.empty() && text_at(json, "/brand") != places.brand);
  if (!complete || foreign) {
    return std::nullopt;
  }
  const Json* login = value_at(json, places.login);
  return DeviceIdentity{.family = places.family,
                        .version = text_at(json, places.version),
                        .hardware = text_at(json, places.hardware),
                        .release = text_at(json, places.release),
                        .build = text_at(json, places.build),
                        .login_needed = login != nullptr && *login == true};
}

}  // namespace otatool::http
