#include "app/release/target_space.hpp"

namespace otatool::app {
namespace {

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

std::optional<image::Fit> fit_in(const TargetSpace& space,
                                 const image::Examined& examined,
                                 std::uint64_t file_size) {
  if (!space.layout) {
    return std::nullopt;
  }
  image::FitQuestion question;
  question.current_size = space.current_size.value_or(0);
  question.file_size = file_size;
  // The loader unpacks a filesystem into the filesystem area, not over the sketch.
  if (examined.package && examined.package->valid() &&
      !image::is_filesystem(examined.payload().kind)) {
    question.inflated_size = examined.package->inflated_size;
  }
  question.irom_size = code_in_flash(examined.payload());
  return image::fits(*space.layout, question);
}

}  // namespace otatool::app
