#include "app/release/merged_image.hpp"

namespace otatool::app {

Result<Bytes> app_of(const ExaminedFile& file) {
  const auto& offset = file.examined.file.merged_app_offset;
  if (!offset) {
    return fail(Error(Errc::WrongKind, "the file is not a merged ESP32 image with an app")
                    .with_context(file.path));
  }
  const Bytes rest = Bytes(file.bytes).subspan(static_cast<std::size_t>(*offset));
  const image::ImageFacts facts = examine_bytes(rest).file;
  if (facts.kind != image::Kind::Esp32App || facts.image_size == 0) {
    return fail(Error(Errc::WrongKind, "the app in the merged image is incomplete")
                    .with_context(file.path));
  }
  return rest.first(static_cast<std::size_t>(facts.image_size));
}

}  // namespace otatool::app
