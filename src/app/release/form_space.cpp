#include <fmt/format.h>
#include <utility>

#include "otatool/gzip/validate.hpp"

#include "app/release/release_check.hpp"

namespace otatool::app {
namespace {

using image::UploadCheck;

constexpr std::uint64_t kSector = 4096;

std::uint64_t whole_sectors(std::uint64_t bytes) {
  return (bytes + kSector - 1) / kSector * kSector;
}

/// The form begins its update with all that is free above the sketch, less one sector.
std::optional<std::string> staging_problem(const ExaminedFile& file, const TargetSpace& space) {
  if (!space.layout || !space.current_size) {
    return std::nullopt;
  }
  const std::uint64_t start = whole_sectors(*space.current_size) + kSector;
  const std::uint64_t staged = whole_sectors(file.bytes.size());
  if (start + staged <= space.layout->fs_start) {
    return std::nullopt;
  }
  return fmt::format(
      "the form stages an image from {} bytes on, and the {} bytes of this one reach beyond the {} "
      "bytes below the filesystem",
      start,
      staged,
      space.layout->fs_start);
}

bool is_sketch_package(const ExaminedFile& file, const ReleaseOptions& options) {
  return !options.filesystem && file.examined.package && file.examined.package->valid();
}

std::optional<std::string> unpacking_problem(const ExaminedFile& file,
                                             const ReleaseOptions& options) {
  if (!is_sketch_package(file, options) || !options.space.current_size) {
    return std::nullopt;
  }
  const auto facts = gzip::inspect_package(file.payload()).facts;
  if (gzip::unpacks_in_place(facts, static_cast<std::size_t>(*options.space.current_size))) {
    return std::nullopt;
  }
  return fmt::format(
      "the form stages the package right above the running sketch of {} bytes, where unpacking it "
      "would overwrite what the loader has not read yet",
      *options.space.current_size);
}

}  // namespace

std::optional<image::UploadProblem> form_space_problem(const ExaminedFile& file,
                                                       const ReleaseOptions& options) {
  if (options.filesystem || options.overridden.contains(UploadCheck::Space) ||
      image::family_of(file.examined) == ChipFamily::Esp32) {
    return std::nullopt;
  }
  auto problem = unpacking_problem(file, options);
  if (!problem) {
    problem = staging_problem(file, options.space);
  }
  if (!problem) {
    return std::nullopt;
  }
  return image::UploadProblem{UploadCheck::Space, Error(Errc::DoesNotFit, std::move(*problem))};
}

bool form_space_is_unknown(const ExaminedFile& file, const ReleaseOptions& options) {
  return is_sketch_package(file, options) && !options.space.current_size;
}

}  // namespace otatool::app
