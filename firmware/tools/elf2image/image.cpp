#include "firmware/tools/elf2image/image.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>
#include <string_view>

namespace otatool::elf2image {
namespace {

constexpr std::uint8_t kMagic = 0xE9;
constexpr std::uint8_t kChecksumSeed = 0xEF;
constexpr std::uint8_t kLoaderFill = 0xAA;
constexpr std::uint32_t kFlashStart = 0x40200000;
constexpr std::uint32_t kSectorSize = 0x1000;
/// The application's own header and that of its first segment.
constexpr std::uint32_t kHeaders = 0x10;

constexpr std::array<std::string_view, 2> kLoaderSections = {".text", ".rodata"};
constexpr std::array<std::string_view, 5> kApplicationSections = {
    ".irom0.text", ".text", ".text1", ".data", ".rodata"};

struct Range {
  std::uint32_t start;
  std::uint64_t end;

  [[nodiscard]] bool holds(std::uint32_t address, std::uint64_t size) const {
    return address >= start && address + size <= end;
  }
};
constexpr Range kDram = {0x3FFE8000, 0x3FFFC000};
constexpr Range kIram = {0x40100000, 0x40110000};
constexpr Range kFlashWindow = {kFlashStart + kSectorSize + kHeaders, 0x40300000};

using Image = std::vector<std::uint8_t>;

void append32(Image& image, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    image.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

void put32(Image& image, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    image[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

std::uint64_t bytes_of(FlashSize size) {
  switch (size) {
    case FlashSize::KiB512:
      return 512U << 10U;
    case FlashSize::MiB1:
      return 1U << 20U;
    case FlashSize::MiB2:
      return 2U << 20U;
    case FlashSize::MiB4:
      return 4U << 20U;
    case FlashSize::MiB8:
      return 8U << 20U;
    case FlashSize::MiB16:
      return 16U << 20U;
  }
  return 0;
}

Result<void> check_place(const Section& section) {
  const bool is_irom = section.name == ".irom0.text";
  const std::uint64_t size = section.content.size();
  const bool fits = is_irom
                        ? kFlashWindow.holds(section.address, size)
                        : kDram.holds(section.address, size) || kIram.holds(section.address, size);
  if (!fits) {
    return fail(Errc::NotAnImage,
                fmt::format("section '{}' ({} bytes) cannot be loaded at 0x{:08x}",
                            section.name,
                            size,
                            section.address));
  }
  return {};
}

// In the order of `names`, which is the order of the segments; a section that no segment would
// carry is refused rather than lost.
Result<std::vector<Section>> pick(const Elf& elf, std::span<const std::string_view> names) {
  std::vector<Section> picked;
  for (const std::string_view name : names) {
    for (const Section& section : elf.sections) {
      if (section.name == name) {
        picked.push_back(section);
      }
    }
  }
  for (const Section& section : elf.sections) {
    if (std::find(names.begin(), names.end(), section.name) == names.end()) {
      return fail(
          Errc::NotAnImage,
          fmt::format(
              "section '{}' ({} bytes) has no segment", section.name, section.content.size()));
    }
    if (const auto placed = check_place(section); !placed) {
      return fail(placed.error());
    }
  }
  for (std::size_t i = 1; i < picked.size(); ++i) {
    if (picked[i].name == picked[i - 1].name) {
      return fail(Errc::NotAnImage, fmt::format("section '{}' appears twice", picked[i].name));
    }
  }
  if (picked.empty()) {
    return fail(Errc::NotAnImage, "nothing to load");
  }
  return picked;
}

Result<void> check_entry(const Elf& elf, std::span<const Section> segments) {
  for (const Section& segment : segments) {
    const Range range = {segment.address, std::uint64_t{segment.address} + segment.content.size()};
    if (range.holds(elf.entry, 1) && kIram.holds(elf.entry, 1)) {
      return {};
    }
  }
  return fail(Errc::NotAnImage,
              fmt::format("entry 0x{:08x} is not in a segment in instruction memory", elf.entry));
}

Result<void> check_irom(const Section& first) {
  const std::uint32_t offset = first.address - kFlashStart - kHeaders;
  if (first.name != ".irom0.text" || (offset != kSectorSize && offset != 2 * kSectorSize)) {
    return fail(Errc::NotAnImage,
                fmt::format("the first segment is '{}' at 0x{:08x}, not '.irom0.text' at "
                            "0x40201010 or 0x40202010",
                            first.name,
                            first.address));
  }
  constexpr std::size_t kWords = 8;
  const bool zero =
      first.content.size() >= kWords && std::all_of(first.content.begin(),
                                                    first.content.begin() + kWords,
                                                    [](std::uint8_t byte) { return byte == 0; });
  if (!zero) {
    return fail(Errc::NotAnImage,
                "section '.irom0.text' does not begin with two zero words for length and crc");
  }
  return {};
}

void append_v1(Image& image,
               std::uint32_t entry,
               std::span<const Section> segments,
               const FlashSettings& flash) {
  image.push_back(kMagic);
  image.push_back(static_cast<std::uint8_t>(segments.size()));
  image.push_back(static_cast<std::uint8_t>(flash.mode));
  image.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(flash.size) << 4U |
                                            static_cast<unsigned>(flash.frequency)));
  append32(image, entry);
  std::uint8_t checksum = kChecksumSeed;
  for (const Section& segment : segments) {
    append32(image, segment.address);
    append32(image, static_cast<std::uint32_t>(segment.content.size()));
    image.insert(image.end(), segment.content.begin(), segment.content.end());
    for (const std::uint8_t byte : segment.content) {
      checksum = static_cast<std::uint8_t>(checksum ^ byte);
    }
  }
  image.resize(image.size() / 16 * 16 + 15, 0);
  image.push_back(checksum);
}

}  // namespace

std::uint32_t flash_crc(Bytes bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte) << 24U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc << 1U) ^ ((crc >> 31U) != 0 ? 0x04C11DB7U : 0U);
    }
  }
  return crc;
}

Result<std::vector<std::uint8_t>> build_image(const Elf& loader,
                                              const Elf& application,
                                              const FlashSettings& flash) {
  const auto loader_segments = pick(loader, kLoaderSections).and_then([&](auto segments) {
    return check_entry(loader, segments).map([&] { return segments; });
  });
  if (!loader_segments) {
    return fail(loader_segments.error().with_context("loader"));
  }
  const auto segments = pick(application, kApplicationSections).and_then([&](auto picked) {
    return check_irom(picked.front())
        .and_then([&] { return check_entry(application, picked); })
        .map([&] { return picked; });
  });
  if (!segments) {
    return fail(segments.error().with_context("application"));
  }
  Image image;
  append_v1(image, loader.entry, *loader_segments, flash);
  const std::uint32_t slot_size = segments->front().address - kFlashStart - kHeaders;
  if (image.size() > slot_size) {
    return fail(Errc::DoesNotFit,
                fmt::format("the loader needs {} bytes and has {}", image.size(), slot_size));
  }
  image.resize(slot_size, kLoaderFill);
  append_v1(image, application.entry, *segments, flash);
  if (image.size() > bytes_of(flash.size)) {
    return fail(
        Errc::DoesNotFit,
        fmt::format("the image has {} bytes, the flash {}", image.size(), bytes_of(flash.size)));
  }
  // Both words count as zero for the CRC, and did for the checksum, which stays as it is.
  const std::uint32_t crc = flash_crc(image);
  put32(image, slot_size + kHeaders, static_cast<std::uint32_t>(image.size()));
  put32(image, slot_size + kHeaders + 4, crc);
  return image;
}

}  // namespace otatool::elf2image
