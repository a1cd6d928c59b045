#include "cli/upload/form_space.hpp"

#include <fmt/format.h>

#include "otatool/gzip/validate.hpp"

namespace otatool::cli {
namespace {

using image::UploadCheck;

constexpr std::uint64_t kSector = 4096;

std::uint64_t sectors(std::uint64_t bytes) {
  return (bytes + kSector - 1) / kSector * kSector;
}

/// The form begins its update with all that is free above the sketch, less one sector.
std::optional<std::string> staging_problem(const app::ExaminedFile& file,
                                           const TargetSpace& space) {
  if (!space.layout || !space.current_size) {
    return std::nullopt;
  }
  const std::uint64_t start = sectors(*space.current_size) + kSector;
  const std::uint64_t staged = sectors(file.bytes.size());
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

bool is_sketch_package(const app::ExaminedFile& file, const UploadWishes& wishes) {
  return !wishes.filesystem && file.examined.package && file.examined.package->valid();
}

std::optional<std::string> unpacking_problem(const app::ExaminedFile& file,
                                             const UploadWishes& wishes) {
  if (!is_sketch_package(file, wishes) || !wishes.space.current_size) {
    return std::nullopt;
  }
  const auto facts = gzip::inspect_package(file.payload()).facts;
  if (gzip::unpacks_in_place(facts, static_cast<std::size_t>(*wishes.space.current_size))) {
    return std::nullopt;
  }
  return fmt::format(
      "the form stages the package right above the running sketch of {} bytes, where unpacking it "
      "would overwrite what the loader has not read yet",
      *wishes.space.current_size);
}

}  // namespace

std::optional<image::Refusal> form_space_refusal(const app::ExaminedFile& file,
                                                 const UploadWishes& wishes) {
  if (wishes.filesystem || wishes.overridden.contains(UploadCheck::Space) ||
      image::lineage_of(file.examined) == image::Lineage::Esp32) {
    return std::nullopt;
  }
  auto problem = unpacking_problem(file, wishes);
  if (!problem) {
    problem = staging_problem(file, wishes.space);
  }
  if (!problem) {
    return std::nullopt;
  }
  return image::Refusal{UploadCheck::Space, Error(Errc::DoesNotFit, std::move(*problem))};
}

bool form_space_is_unknown(const app::ExaminedFile& file, const UploadWishes& wishes) {
  return is_sketch_package(file, wishes) && !wishes.space.current_size;
}

}  // namespace otatool::cli
