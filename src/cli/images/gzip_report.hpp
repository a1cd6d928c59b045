// The reports of `otatool gzip`, as text and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otatool/gzip/pack.hpp"
#include "otatool/gzip/validate.hpp"
#include "otatool/image/chip.hpp"

#include "app/examined_file.hpp"
#include "cli/images/target_space.hpp"

namespace otatool::cli {

class Messages;

/// A package and the space on its device.
struct PackageInSpace {
  app::TargetSpace space;
  std::optional<image::Fit> fit;  ///< with a layout
};

struct Packed {
  std::string input;
  std::string output;  ///< `-` is stdout
  std::uint64_t image_size = 0;
  std::vector<std::uint8_t> package;
  gzip::PackOptions options;
  gzip::PackageFacts facts;
  std::optional<image::FlashMode> old_mode;
  std::optional<image::FlashMode> new_mode;  ///< if it was changed
  PackageInSpace in_space;
};

/// Prints sizes, saving, expected time on air and changes; on stderr if the package went to stdout.
void report_packed(Messages& messages, const Packed& packed);

/// Prints the content of a package and all its problems.
void report_checked(Messages& messages,
                    const app::ExaminedFile& file,
                    const gzip::PackageFacts& facts,
                    const PackageInSpace& in_space);

}  // namespace otatool::cli
