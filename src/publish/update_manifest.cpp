#include "otatool/publish/update_manifest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "otatool/ascii.hpp"

namespace otatool::publish {
namespace {

using Json = nlohmann::ordered_json;

bool is_unreserved(char letter) {
  return is_letter(letter) || is_digit(letter) || letter == '-' || letter == '.' || letter == '_' ||
         letter == '~';
}

Json json_of(const Build& build) {
  Json json = {{"chipFamily", build.chip_family},
               {"ota", {{"path", url_of_path(build.app)}, {"md5", build.app_md5}}}};
  if (!build.factory.empty()) {
    json["parts"] = Json::array({{{"path", url_of_path(build.factory)}, {"offset", 0}}});
  }
  return json;
}

}  // namespace

std::string chip_family_name(image::Chip chip) {
  if (chip == image::Chip::None || chip == image::Chip::Esp32Unknown) {
    return {};
  }
  return upper_case(image::to_string(chip));
}

bool is_relative_for_devices(std::string_view path) {
  return path.find("http") == std::string_view::npos;
}

std::string url_of_path(std::string_view path) {
  std::string url;
  for (const char letter : path) {
    if (is_unreserved(letter) || letter == '/') {
      url += letter;
    } else {
      url += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
  }
  return url;
}

std::string manifest_text(const UpdateManifest& manifest) {
  Json builds = Json::array();
  for (const Build& build : manifest.builds) {
    builds.push_back(json_of(build));
  }
  const Json json = {
      {"name", manifest.name}, {"version", manifest.version}, {"builds", std::move(builds)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string checksum_text(std::string_view hash, std::string_view path) {
  return fmt::format("{}  {}\n", hash, path.substr(path.rfind('/') + 1));
}

}  // namespace otatool::publish
