#include "app/release/target_space.hpp"

#include <fmt/format.h>

#include "otatool/image/partition_table.hpp"

namespace otatool::app {
namespace {

std::optional<std::uint64_t> claimed_flash_size(const image::ImageFacts& sketch) {
  return sketch.kind == image::Kind::Esp8266Arduino && !sketch.parts.empty()
             ? sketch.parts.front().flash.size_bytes
             : std::nullopt;
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

std::optional<image::Fit> fit_in(const TargetSpace& space,
                                 const image::Examined& examined,
                                 std::uint64_t file_size,
                                 bool filesystem) {
  if (!space.layout) {
    return std::nullopt;
  }
  image::FitQuestion question;
  question.current_size = space.current_size.value_or(0);
  question.file_size = file_size;
  const image::ImageFacts& payload = examined.payload();
  if (examined.package && examined.package->valid()) {
    question.inflated_size = examined.package->inflated_size;
    question.packed_flash_size = claimed_flash_size(payload);
  }
  if (filesystem || image::is_filesystem(payload.kind)) {
    question.filesystem_size = question.inflated_size.value_or(payload.payload_size());
  }
  question.irom_size = code_in_flash(payload);
  return image::fits(*space.layout, question);
}

std::optional<Error> partition_error(const TargetSpace& space,
                                     std::uint64_t file_size,
                                     bool filesystem) {
  if (space.partitions.empty()) {
    return std::nullopt;
  }
  const auto available = filesystem ? image::filesystem_space(space.partitions)
                                    : image::app_update_space(space.partitions);
  if (!available) {
    return Error(Errc::DoesNotFit,
                 filesystem ? "the partition table has no filesystem partition"
                            : "the partition table has no partition for updates (ota_0, ota_1)");
  }
  if (file_size <= *available) {
    return std::nullopt;
  }
  return Error(Errc::DoesNotFit,
               fmt::format("the {} partition has {} bytes, and the image has {}",
                           filesystem ? "filesystem" : "app",
                           *available,
                           file_size));
}

}  // namespace otatool::app
