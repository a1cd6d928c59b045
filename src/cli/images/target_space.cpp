#include "cli/images/target_space.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/examined_file.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {
namespace {

/// Decimal, or hexadecimal behind 0x.
std::optional<std::uint64_t> size_in(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) {
    text.remove_prefix(2);
  }
  std::uint64_t size = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, size, hexadecimal ? 16 : 10);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return std::nullopt;
  }
  return size;
}

Result<std::uint64_t> current_size(const std::string& text) {
  if (const auto size = size_in(text)) {
    return *size;
  }
  const auto file = app::examine_file(text);
  if (!file) {
    return fail(file.error());
  }
  const image::ImageFacts& sketch = file->examined.payload();
  if (sketch.kind != image::Kind::Esp8266Arduino) {
    return fail(
        Errc::WrongKind,
        "'" + text + "' is no sketch of an ESP8266: " + std::string(image::describe(sketch.kind)));
  }
  return sketch.image_size > 0 ? sketch.image_size : sketch.payload_size();
}

std::optional<std::uint64_t> code_in_flash(const image::ImageFacts& sketch) {
  const image::Part* part = sketch.main_part();
  if (sketch.kind != image::Kind::Esp8266Arduino || part == nullptr) {
    return std::nullopt;
  }
  std::uint64_t size = 0;
  for (const image::Segment& segment : part->segments) {
    size += segment.memory == image::Memory::Flash ? segment.size : 0;
  }
  return size;
}

}  // namespace

Result<TargetSpace> target_space(const Invocation& invocation) {
  TargetSpace space;
  if (const auto name = invocation.value(kLayoutOption.name)) {
    const auto layout = image::find_layout(*name);
    if (!layout) {
      return fail(layout.error());
    }
    space.layout = *layout;
  }
  if (const auto current = invocation.value(kCurrentOption.name)) {
    const auto size = current_size(*current);
    if (!size) {
      return fail(size.error());
    }
    space.current_size = *size;
  }
  return space;
}

std::optional<image::Fit> fit_in(const TargetSpace& space,
                                 const image::Examined& examined,
                                 std::uint64_t file_size) {
  if (!space.layout) {
    return std::nullopt;
  }
  image::FitQuestion question;
  question.current_size = space.current_size.value_or(0);
  question.file_size = file_size;
  // A filesystem is unpacked into its own place, not over the sketch.
  if (examined.package && examined.package->valid() &&
      !image::is_filesystem(examined.payload().kind)) {
    question.inflated_size = examined.package->inflated_size;
  }
  question.irom_size = code_in_flash(examined.payload());
  return image::fits(*space.layout, question);
}

nlohmann::json fit_json(const TargetSpace& space, const image::Fit& fit) {
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
