// ELF files of the ESP8266 (ELF32, little-endian, Xtensa, linked) as views of their bytes.
// No files, no copies; every offset and length found in the file is checked against its size.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::elf2image {

/// A section that has bytes in the file and a place in the device's memory.
struct Section {
  std::string_view name;
  std::uint32_t address = 0;
  Bytes content;  ///< never empty
};

/// The loadable content of an ELF file. Views: valid as long as the file's bytes.
struct Elf {
  std::uint32_t entry = 0;
  std::vector<Section> sections;  ///< in the order of the file
};

/// Reads a linked Xtensa ELF file. Fails with NotAnImage and the reason.
[[nodiscard]] Result<Elf> read_elf(Bytes file);

}  // namespace otatool::elf2image
