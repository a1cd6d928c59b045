// The command line of elf2image, as values. No files, no printing.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "otatool/result.hpp"

#include "firmware/tools/elf2image/image.hpp"

namespace otatool::elf2image {

struct Arguments {
  std::string loader;       ///< path of the loader's ELF file
  std::string application;  ///< path of the application's ELF file
  std::string output;       ///< path of the image to write
  FlashSettings flash;
  bool help = false;
};

extern const std::string_view kUsage;

/// Reads the words after the program's name. Fails with Usage.
[[nodiscard]] Result<Arguments> read_arguments(std::span<const std::string_view> words);

}  // namespace otatool::elf2image
