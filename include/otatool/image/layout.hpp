// The flash layouts of the ESP8266 Arduino core and whether an update fits into one.
// A table and arithmetic (signing-gzip-images.md 2.4).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "otatool/result.hpp"

namespace otatool::image {

struct Layout {
  std::string_view name;     ///< as in the core's linker scripts: `4m2m`
  std::uint32_t flash_size;  ///< bytes
  std::uint32_t fs_start;    ///< where the filesystem begins: sketch and staging area end here
  std::uint32_t fs_end;      ///< where the filesystem ends
  std::uint32_t irom_limit;  ///< bytes that the code segment in flash may have
  /// Bytes of the filesystem area. A filesystem image has exactly this size.
  [[nodiscard]] constexpr std::uint32_t fs_size() const { return fs_end - fs_start; }
};

[[nodiscard]] std::span<const Layout> layouts();

/// Bytes below the filesystem in the layout that has most of them. Larger firmware fits no layout.
[[nodiscard]] std::uint32_t largest_sketch_area();

/// By name, with or without `eagle.flash.` and `.ld`, ignoring letter case. Usage if there is no
/// such layout.
[[nodiscard]] Result<Layout> find_layout(std::string_view name);

struct FitQuestion {
  std::uint64_t current_size = 0;  ///< of the running sketch: its .bin, or its image_size
  std::uint64_t file_size = 0;     ///< with the signature
  std::optional<std::uint64_t> inflated_size = std::nullopt;  ///< of the content of a package
  std::optional<std::uint64_t> irom_size =
      std::nullopt;  ///< of the new sketch's code segment in flash
  /// Of a filesystem, unpacked and without signature. Nothing for firmware.
  std::optional<std::uint64_t> filesystem_size = std::nullopt;
  /// From the header of an image in a package; a device compares that of a raw image by itself.
  std::optional<std::uint64_t> packed_flash_size = std::nullopt;
};

/// The conditions of 2.4 and 2.6 with their numbers, all in bytes. Sizes are rounded up to sectors;
/// those of a filesystem are exact.
struct Fit {
  bool filesystem = false;
  std::uint64_t available = 0;  ///< fs_start, or for a filesystem fs_size()
  std::uint64_t current = 0;
  std::uint64_t staged = 0;  ///< the file, or the unpacked filesystem
  std::optional<std::uint64_t> inflated;
  bool staging_fits = false;  ///< current + staged <= available
  bool inflated_fits = true;  ///< inflated <= available; the device does not check this
  bool irom_fits = true;
  bool area_fits = true;   ///< a filesystem has exactly the size of its area
  bool flash_fits = true;  ///< a packed image claims no more flash than the layout has
  std::string reason;      ///< empty if everything fits

  [[nodiscard]] bool fits() const {
    return staging_fits && inflated_fits && irom_fits && area_fits && flash_fits;
  }
};
[[nodiscard]] Fit fits(const Layout& layout, const FitQuestion& question);

}  // namespace otatool::image
