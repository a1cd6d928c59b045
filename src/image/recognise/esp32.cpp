#include "image/recognise/esp32.hpp"

#include <algorithm>
#include <utility>

#include "image/recognise/little_endian.hpp"
#include "image/recognise/part.hpp"
#include "image/recognise/partitions.hpp"
#include "image/recognise/text_field.hpp"

namespace otatool::image {
namespace {

constexpr std::uint64_t kExtendedHeaderSize = 24;
constexpr std::uint8_t kWritePinDisabled = 0xEE;
constexpr std::uint64_t kDescriptorOffset = 0x20;
constexpr std::uint64_t kDescriptorSize = 256;
constexpr std::uint32_t kDescriptorMagic = 0xABCD5432;
constexpr std::uint64_t kHashSize = 32;
constexpr std::uint8_t kAppPartition = 0;

/// The legacy field counts major revisions of the first ESP32 and minor ones of later chips.
std::uint16_t legacy_revision(std::uint8_t stored, Chip chip) {
  return static_cast<std::uint16_t>(chip == Chip::Esp32 ? stored * 100 : stored);
}

Esp32Header read_header(Bytes header) {
  const std::uint16_t chip_id = u16_at(header, 12).value_or(0);
  const std::uint16_t min_revision = u16_at(header, 15).value_or(0);
  return {chip_id,
          min_revision != 0 ? min_revision
                            : legacy_revision(u8_at(header, 14).value_or(0), chip_of_id(chip_id)),
          u16_at(header, 17).value_or(0),
          u8_at(header, 23) == 1};
}

std::optional<AppDescriptor> read_descriptor(Bytes part) {
  const auto bytes = slice(part, kDescriptorOffset, kDescriptorSize);
  if (!bytes || u32_at(*bytes, 0) != kDescriptorMagic) {
    return std::nullopt;
  }
  return AppDescriptor{u32_at(*bytes, 4).value_or(0),
                       text_field(bytes->subspan(16, 32)),
                       text_field(bytes->subspan(48, 32)),
                       text_field(bytes->subspan(80, 16)),
                       text_field(bytes->subspan(96, 16)),
                       text_field(bytes->subspan(112, 32)),
                       to_hex(bytes->subspan(144, 32))};
}

bool runs_from_flash(const Part& part) {
  return std::any_of(part.segments.begin(), part.segments.end(), [](const Segment& segment) {
    return segment.memory == Memory::Flash;
  });
}

/// Reads the image at `offset` and the hash after it; the hash covers the whole image. A further
/// image replaces the header and descriptor of the one before.
void read_image(Bytes file, std::uint64_t offset, Sha256Hex sha256_hex, ImageFacts& facts) {
  const Bytes image = file.subspan(static_cast<std::size_t>(offset));
  const Esp32Header header = read_header(image.first(kExtendedHeaderSize));
  facts.esp32 = header;
  facts.chip = chip_of_id(header.chip_id);
  Part part = read_part(file, {offset, offset + kExtendedHeaderSize, PartRole::App, facts.chip});
  facts.app = read_descriptor(image);
  if (!facts.app && !runs_from_flash(part)) {
    part.role = PartRole::Bootloader;
  }
  if (part.size != 0 && header.hash_appended) {
    const auto hash = slice(image, part.size, kHashSize);
    if (hash) {
      part.sha256 = Stored<std::string>{
          to_hex(*hash), sha256_hex(image.first(static_cast<std::size_t>(part.size)))};
      part.size += kHashSize;
    } else {
      part.faults.push_back(Fault::Truncated);
      part.size = 0;
    }
  }
  facts.parts.push_back(std::move(part));
}

/// Offsets in a merged image are flash addresses, minus the address of the bootloader if the file
/// begins there.
std::optional<std::uint64_t> find_app(Bytes file, const std::vector<Partition>& partitions) {
  for (const Partition& partition : partitions) {
    if (partition.type != kAppPartition) {
      continue;
    }
    for (const std::uint64_t missing : {0x0U, 0x1000U, 0x2000U}) {
      if (partition.offset >= missing && looks_like_esp32(file, partition.offset - missing)) {
        return partition.offset - missing;
      }
    }
  }
  return std::nullopt;
}

bool read_merged(Bytes file, Sha256Hex sha256_hex, ImageFacts& facts) {
  const Part& bootloader = facts.parts.back();
  PartitionTable table = find_partitions(file, bootloader.offset + bootloader.size);
  if (table.entries.empty()) {
    return false;
  }
  facts.kind = Kind::Esp32Merged;
  facts.partitions = std::move(table.entries);
  facts.partition_md5 = std::move(table.md5);
  facts.merged_app_offset = find_app(file, facts.partitions);
  if (facts.merged_app_offset) {
    read_image(file, *facts.merged_app_offset, sha256_hex, facts);
    facts.parts.back().role = PartRole::App;
  }
  return true;
}

}  // namespace

bool looks_like_esp32(Bytes file, std::uint64_t offset) {
  const auto header = slice(file, offset, kExtendedHeaderSize);
  if (!header || (*header)[0] != kImageMagic) {
    return false;
  }
  const bool known_chip = chip_of_id(u16_at(*header, 12).value_or(0)) != Chip::Esp32Unknown;
  return (*header)[8] == kWritePinDisabled || ((*header)[23] <= 1 && known_chip);
}

void read_esp32(Bytes file, Sha256Hex sha256_hex, ImageFacts& facts) {
  read_image(file, 0, sha256_hex, facts);
  if (facts.parts.back().role == PartRole::App) {
    facts.kind = Kind::Esp32App;
    facts.image_size = facts.parts.back().size;
    return;
  }
  if (!read_merged(file, sha256_hex, facts)) {
    facts.kind = Kind::Esp32Bootloader;
    facts.image_size = facts.parts.back().size;
  }
}

bool read_padded_merged(Bytes file, Sha256Hex sha256_hex, ImageFacts& facts) {
  for (const std::uint64_t offset : {0x1000U, 0x2000U}) {
    const auto padding = slice(file, 0, offset);
    const bool blank = padding && std::all_of(padding->begin(), padding->end(), [](auto byte) {
                         return byte == 0xFF;
                       });
    if (!blank || !looks_like_esp32(file, offset)) {
      continue;
    }
    ImageFacts merged = facts;
    read_image(file, offset, sha256_hex, merged);
    if (read_merged(file, sha256_hex, merged)) {
      facts = std::move(merged);
      return true;
    }
  }
  return false;
}

}  // namespace otatool::image
