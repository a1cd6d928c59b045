#include "image/recognise/esp8266.hpp"

#include <algorithm>
#include <array>

#include "image/recognise/checksums.hpp"
#include "image/recognise/little_endian.hpp"
#include "image/recognise/part.hpp"

namespace otatool::image {
namespace {

constexpr std::uint8_t kV2Magic = 0xEA;
constexpr std::uint8_t kV2Count = 0x04;
/// A loader occupies the end of instruction memory and the flash before the sketch.
struct LoaderSlot {
  std::uint32_t address;
  std::uint32_t sketch_offset;
};
/// The loader of the Arduino core, and the loader of this project's firmware.
constexpr std::array kLoaderSlots = {LoaderSlot{0x4010F000, 0x1000},
                                     LoaderSlot{0x4010E000, 0x2000}};
constexpr std::uint32_t kFlashWindow = 0x40200000;
/// Headers of the sketch and of its first segment; length and CRC follow (3.3).
constexpr std::uint32_t kSketchHeaders = 0x10;
/// The place of length and CRC in cores 2.7.x (3.3).
constexpr std::uint64_t kLengthInLoader = 0x0FF8;
constexpr unsigned kCrcBlockSize = 8;

const LoaderSlot* slot_of(Bytes file) {
  const auto address = u32_at(file, kHeaderSize);
  const auto* const found =
      std::find_if(kLoaderSlots.begin(), kLoaderSlots.end(), [&](const LoaderSlot& slot) {
        return slot.address == address;
      });
  return found == kLoaderSlots.end() ? nullptr : found;
}

bool has_sketch(Bytes file, const LoaderSlot& slot) {
  return u8_at(file, slot.sketch_offset) == kImageMagic &&
         u32_at(file, slot.sketch_offset + kHeaderSize) ==
             kFlashWindow + slot.sketch_offset + kSketchHeaders;
}

/// elf2bin computes the XOR byte before it writes length and CRC over the first words of the code,
/// so these words do not count for the checksum (3.3).
void leave_crc_out_of_checksum(Bytes file, std::uint64_t length_offset, Part& sketch) {
  if (!sketch.checksum || sketch.segments.empty() || sketch.segments.front().size < kCrcBlockSize) {
    return;
  }
  const auto words = slice(file, length_offset, kCrcBlockSize);
  if (words) {
    sketch.checksum->computed = xor_sum(*words, sketch.checksum->computed);
  }
}

void read_crc(Bytes file, std::uint64_t length_in_sketch, ImageFacts& facts) {
  for (const std::uint64_t offset : {length_in_sketch, kLengthInLoader}) {
    const auto length = u32_at(file, offset);
    const auto stored = u32_at(file, offset + 4);
    if (!stored || length != facts.image_size) {
      continue;
    }
    facts.crc = FileCrc{
        offset + 4, facts.image_size, {*stored, arduino_crc(file, facts.image_size, offset)}};
    if (offset == length_in_sketch) {
      leave_crc_out_of_checksum(file, offset, facts.parts.back());
    }
    return;
  }
}

void read_combination(Bytes file, const LoaderSlot& slot, ImageFacts& facts) {
  facts.kind = Kind::Esp8266Arduino;
  facts.parts.push_back(read_part(
      file, {slot.sketch_offset, slot.sketch_offset + kHeaderSize, PartRole::App, Chip::Esp8266}));
  const std::uint64_t sketch_size = facts.parts.back().size;
  if (sketch_size != 0) {
    facts.image_size = slot.sketch_offset + sketch_size;
    read_crc(file, slot.sketch_offset + kSketchHeaders, facts);
  }
}

std::uint32_t v2_crc(Bytes covered) {
  const std::uint32_t crc = zlib_crc(covered);
  return (crc & 0x80000000U) != 0 ? ~crc : crc + 1;
}

}  // namespace

bool looks_like_esp8266(Bytes file) {
  const auto address = u32_at(file, kHeaderSize);
  return u8_at(file, 0) == kImageMagic && address &&
         memory_at(Chip::Esp8266, *address) != Memory::Unknown &&
         memory_at(Chip::Esp8266, *address) != Memory::Padding;
}

bool looks_like_esp8266_v2(Bytes file) {
  return u8_at(file, 0) == kV2Magic && u8_at(file, 1) == kV2Count;
}

void read_esp8266(Bytes file, ImageFacts& facts) {
  facts.chip = Chip::Esp8266;
  const LoaderSlot* const slot = slot_of(file);
  facts.parts.push_back(read_part(
      file, {0, kHeaderSize, slot != nullptr ? PartRole::Loader : PartRole::App, Chip::Esp8266}));
  if (slot != nullptr && has_sketch(file, *slot)) {
    read_combination(file, *slot, facts);
    return;
  }
  facts.kind = slot != nullptr ? Kind::Esp8266Loader : Kind::Esp8266V1;
  facts.image_size = facts.parts.front().size;
}

void read_esp8266_v2(Bytes file, ImageFacts& facts) {
  facts.kind = Kind::Esp8266V2;
  facts.chip = Chip::Esp8266;
  Part irom;
  irom.role = PartRole::Irom;
  irom.flash =
      read_flash_settings(Chip::Esp8266, u8_at(file, 2).value_or(0), u8_at(file, 3).value_or(0));
  irom.entry = u32_at(file, 4).value_or(0);
  const auto address = u32_at(file, kHeaderSize);
  const auto size = u32_at(file, kHeaderSize + 4);
  constexpr std::uint64_t kData = kHeaderSize + 8;
  if (address && size) {
    irom.segments.push_back({kData, *address, *size, Memory::Flash});
  }
  if (!size || *size > file.size() - kData) {
    irom.faults.push_back(Fault::Truncated);
    facts.parts.push_back(irom);
    return;
  }
  const std::uint64_t inner = kData + *size;
  irom.size = inner;
  Part app = read_part(file, {inner, inner + kHeaderSize, PartRole::App, Chip::Esp8266});
  // The outer header has neither mode nor size; the boot loader reads those of the inner header.
  irom.flash = app.flash;
  facts.parts.push_back(irom);
  if (inner < file.size() && u8_at(file, inner) != kImageMagic) {
    app.faults.push_back(Fault::SecondHeader);
  }
  const std::uint64_t end = app.size == 0 ? 0 : inner + app.size;
  facts.parts.push_back(app);
  if (end == 0) {
    return;
  }
  const auto stored = u32_at(file, end);
  if (!stored) {
    facts.parts.back().faults.push_back(Fault::Truncated);
    return;
  }
  facts.crc = FileCrc{end, end, {*stored, v2_crc(file.first(static_cast<std::size_t>(end)))}};
  facts.image_size = end + 4;
}

std::uint32_t arduino_crc(Bytes file, std::uint64_t size, std::uint64_t length_offset) {
  FlashCrc crc;
  const Bytes covered =
      file.first(static_cast<std::size_t>(std::min<std::uint64_t>(size, file.size())));
  const auto before = slice(covered, 0, length_offset);
  const auto after = slice(
      covered,
      length_offset + kCrcBlockSize,
      covered.size() - std::min<std::uint64_t>(length_offset + kCrcBlockSize, covered.size()));
  if (!before || !after) {
    return 0;
  }
  crc.add(*before);
  crc.add_zeros(kCrcBlockSize);
  crc.add(*after);
  return crc.value();
}

}  // namespace otatool::image
