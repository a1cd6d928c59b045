#include "otatool/image/layout.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "otatool/ascii.hpp"
#include "otatool/wire/flash_layout.hpp"

#include "image/recognise/little_endian.hpp"

namespace otatool::image {
namespace {

constexpr std::uint32_t kTwoMebibytes = 2 << 20;
constexpr std::uint32_t kIromLimit = 0xFEFF0;

/// Below 2 MiB the sketch must leave space for the filesystem, its own offset and 16 bytes.
constexpr Layout layout_of(const wire::FlashLayout& row) {
  return {row.name,
          row.flash_size,
          row.filesystem,
          row.filesystem_end,
          row.flash_size < kTwoMebibytes ? row.filesystem - 0x1010 : kIromLimit};
}

constexpr auto kLayouts = [] {
  std::array<Layout, std::size(wire::kFlashLayouts)> layouts{};
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    layouts[i] = layout_of(wire::kFlashLayouts[i]);
  }
  return layouts;
}();

constexpr std::string_view kPrefix = "eagle.flash.";
constexpr std::string_view kSuffix = ".ld";

/// Rounds up to sectors. The limit is far above any flash; it prevents overflow in sums.
std::uint64_t sectors(std::uint64_t size) {
  constexpr std::uint64_t kAbsurd = std::uint64_t{1} << 40U;
  return round_up(std::min(size, kAbsurd), kSectorSize);
}

std::string plain_name(std::string_view name) {
  std::string plain = lower_case(name);
  if (plain.starts_with(kPrefix)) {
    plain.erase(0, kPrefix.size());
  }
  if (plain.ends_with(kSuffix)) {
    plain.erase(plain.size() - kSuffix.size());
  }
  return plain;
}

std::string kibibytes(std::uint64_t bytes) {
  return std::to_string(bytes / 1024) + " KiB";
}

std::string reason_of(const Fit& fit, const Layout& layout, const FitQuestion& question) {
  std::string reason;
  const auto add = [&reason](const std::string& sentence) {
    reason += (reason.empty() ? "" : "; ") + sentence;
  };
  if (!fit.area_fits) {
    add("the filesystem has " + std::to_string(*question.filesystem_size) +
        " bytes, but the filesystem area of " + std::string(layout.name) + " has " +
        std::to_string(layout.fs_size()));
  }
  if (!fit.staging_fits) {
    add(fit.current == 0
            ? "the update takes " + std::to_string(sectors(question.file_size)) +
                  " bytes, more than the " + std::to_string(layout.fs_start) +
                  " bytes below the filesystem"
            : "the running sketch takes " + std::to_string(fit.current) + " bytes and the update " +
                  std::to_string(sectors(question.file_size)) + ", together more than the " +
                  std::to_string(layout.fs_start) + " bytes below the filesystem");
  }
  if (!fit.flash_fits) {
    add("the header of the packed image names " + kibibytes(*question.packed_flash_size) +
        " of flash and " + std::string(layout.name) + " has " + kibibytes(layout.flash_size) +
        ": the device would install it and then refuse every later update");
  }
  if (!fit.inflated_fits) {
    add("the package unpacks to " + std::to_string(*fit.inflated) + " bytes, more than the " +
        std::to_string(fit.available) +
        " bytes below the filesystem: the loader would overwrite the package's own unread part and "
        "the filesystem");
  }
  if (!fit.irom_fits) {
    add("the code in flash takes " + std::to_string(*question.irom_size) + " bytes of " +
        std::to_string(layout.irom_limit));
  }
  return reason;
}

/// A raw filesystem goes to its area directly. A packed one is staged, and then unpacked there.
Fit fit_of_filesystem(const Layout& layout, const FitQuestion& question) {
  Fit fit;
  fit.filesystem = true;
  fit.available = layout.fs_size();
  fit.staged = *question.filesystem_size;
  fit.current = sectors(question.current_size);
  fit.area_fits = fit.staged == fit.available;
  fit.staging_fits =
      !question.inflated_size || fit.current + sectors(question.file_size) <= layout.fs_start;
  fit.reason = reason_of(fit, layout, question);
  return fit;
}

}  // namespace

std::span<const Layout> layouts() {
  return kLayouts;
}

Result<Layout> find_layout(std::string_view name) {
  const std::string plain = plain_name(name);
  for (const Layout& layout : kLayouts) {
    if (layout.name == plain) {
      return layout;
    }
  }
  return fail(Errc::Usage, "unknown flash layout '" + std::string(name) + "'");
}

std::uint32_t largest_sketch_area() {
  return std::ranges::max_element(kLayouts, {}, &Layout::fs_start)->fs_start;
}

Fit fits(const Layout& layout, const FitQuestion& question) {
  if (question.filesystem_size) {
    return fit_of_filesystem(layout, question);
  }
  Fit fit;
  fit.available = layout.fs_start;
  fit.current = sectors(question.current_size);
  fit.staged = sectors(question.file_size);
  fit.staging_fits = fit.current + fit.staged <= fit.available;
  if (question.inflated_size) {
    fit.inflated = sectors(*question.inflated_size);
    fit.inflated_fits = *fit.inflated <= fit.available;
  }
  fit.irom_fits = !question.irom_size || *question.irom_size <= layout.irom_limit;
  fit.flash_fits = !question.packed_flash_size || *question.packed_flash_size <= layout.flash_size;
  fit.reason = reason_of(fit, layout, question);
  return fit;
}

}  // namespace otatool::image
