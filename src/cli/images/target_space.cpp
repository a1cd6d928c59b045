#include "cli/images/target_space.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/number.hpp"

#include "app/examined_file.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {
namespace {

/// Decimal, or hexadecimal after 0x.
std::optional<std::uint64_t> size_in(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) {
    text.remove_prefix(2);
  }
  return parse_number<std::uint64_t>(text, hexadecimal ? 16 : 10);
}

Result<std::uint64_t> current_size(const std::string& text) {
  if (const auto size = size_in(text)) {
    return *size;
  }
  TRY(const auto file, app::examine_file(text));
  const image::ImageFacts& sketch = file.examined.payload();
  if (sketch.kind != image::Kind::Esp8266Arduino) {
    return fail(Errc::WrongKind,
                "'" + text + "' is not a sketch of an ESP8266: " +
                    std::string(image::describe(sketch.kind)));
  }
  return sketch.image_size > 0 ? sketch.image_size : sketch.payload_size();
}

}  // namespace

Result<app::TargetSpace> target_space(const Invocation& invocation) {
  app::TargetSpace space;
  if (const auto name = invocation.value(kLayoutOption.name)) {
    TRY(const auto layout, image::find_layout(*name));
    space.layout = layout;
  }
  if (const auto current = invocation.value(kCurrentOption.name)) {
    TRY(const auto size, current_size(*current));
    space.current_size = size;
  }
  return space;
}

nlohmann::json fit_json(const app::TargetSpace& space, const image::Fit& fit) {
  nlohmann::json json = {{"available", fit.available},
                         {"current", nullptr},
                         {"staged", fit.staged},
                         {"inflated", nullptr},
                         {"fits", fit.fits()},
                         {"reason", nullptr}};
  if (space.layout) {
    json["layout"] = space.layout->name;
  }
  if (space.current_size) {
    json["current"] = fit.current;
  }
  if (fit.inflated) {
    json["inflated"] = *fit.inflated;
  }
  if (!fit.fits()) {
    json["reason"] = fit.reason;
  }
  return json;
}

}  // namespace otatool::cli
