#include "firmware/tools/elf2image/elf.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace otatool::elf2image {
namespace {

constexpr std::size_t kHeaderBytes = 52;
constexpr std::size_t kSectionHeaderBytes = 40;
constexpr std::uint16_t kExecutable = 2;
constexpr std::uint16_t kMachineXtensa = 94;
constexpr std::uint32_t kSectionWithBytes = 1;
constexpr std::uint32_t kSectionWithoutBytes = 8;
constexpr std::uint32_t kFlagAllocated = 2;

// The caller has checked that the bytes are there.
std::uint16_t read16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8U);
}

std::uint32_t read32(Bytes bytes, std::size_t at) {
  return read16(bytes, at) | static_cast<std::uint32_t>(read16(bytes, at + 2)) << 16U;
}

bool within(Bytes file, std::uint64_t offset, std::uint64_t size) {
  return offset <= file.size() && size <= file.size() - offset;
}

tl::unexpected<Error> bad(std::string reason) {
  return fail(Errc::NotAnImage, std::move(reason));
}

Result<void> check_header(Bytes file) {
  constexpr std::string_view kMagic =
      "\x7f"
      "ELF";
  if (file.size() < kHeaderBytes || as_text(file.first(4)) != kMagic) {
    return bad("not an ELF file");
  }
  if (file[4] != 1 || file[5] != 1) {
    return bad("not a 32-bit little-endian ELF file");
  }
  if (read16(file, 18) != kMachineXtensa) {
    return bad("machine " + std::to_string(read16(file, 18)) + " is not Xtensa (94)");
  }
  if (read16(file, 16) != kExecutable) {
    return bad("ELF type " + std::to_string(read16(file, 16)) + " is not a linked program (2)");
  }
  if (read16(file, 46) != kSectionHeaderBytes || read16(file, 48) == 0) {
    return bad("no section table");
  }
  const std::uint64_t table_bytes = std::uint64_t{read16(file, 48)} * kSectionHeaderBytes;
  if (!within(file, read32(file, 32), table_bytes)) {
    return bad("the section table lies beyond the end of the file");
  }
  if (read16(file, 50) >= read16(file, 48)) {
    return bad("no section names");
  }
  return {};
}

Bytes section_header(Bytes file, std::size_t index) {
  return file.subspan(read32(file, 32) + index * kSectionHeaderBytes, kSectionHeaderBytes);
}

Result<Bytes> section_bytes(Bytes file, Bytes header) {
  const std::uint32_t offset = read32(header, 16);
  const std::uint32_t size = read32(header, 20);
  if (!within(file, offset, size)) {
    return bad("a section lies beyond the end of the file");
  }
  return file.subspan(offset, size);
}

Result<std::string_view> section_name(Bytes names, Bytes header) {
  const std::uint32_t start = read32(header, 0);
  if (start >= names.size()) {
    return bad("a section's name lies beyond the table of names");
  }
  const Bytes rest = names.subspan(start);
  const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{0});
  if (end == rest.end()) {
    return bad("a section's name has no end");
  }
  return as_text(rest.first(static_cast<std::size_t>(end - rest.begin())));
}

}  // namespace

Result<Elf> read_elf(Bytes file) {
  if (const auto checked = check_header(file); !checked) {
    return fail(checked.error());
  }
  const Bytes names_header = section_header(file, read16(file, 50));
  if (read32(names_header, 4) == kSectionWithoutBytes) {
    return bad("no section names");
  }
  const auto names = section_bytes(file, names_header);
  if (!names) {
    return fail(names.error());
  }
  Elf elf;
  elf.entry = read32(file, 24);
  const std::size_t count = read16(file, 48);
  for (std::size_t index = 0; index < count; ++index) {
    const Bytes header = section_header(file, index);
    const bool loaded =
        read32(header, 4) == kSectionWithBytes && (read32(header, 8) & kFlagAllocated) != 0;
    if (!loaded || read32(header, 20) == 0) {
      continue;
    }
    const auto name = section_name(*names, header);
    if (!name) {
      return fail(name.error());
    }
    const auto content = section_bytes(file, header);
    if (!content) {
      return fail(content.error());
    }
    elf.sections.push_back({*name, read32(header, 12), *content});
  }
  return elf;
}

}  // namespace otatool::elf2image
