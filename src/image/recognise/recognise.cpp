#include "otatool/image/recognise.hpp"

#include <utility>

#include "image/recognise/embedded_keys.hpp"
#include "image/recognise/esp32.hpp"
#include "image/recognise/esp8266.hpp"
#include "image/recognise/filesystem.hpp"
#include "image/recognise/foreign.hpp"
#include "image/recognise/little_endian.hpp"
#include "image/recognise/partitions.hpp"
#include "image/recognise/rp2040.hpp"
#include "image/recognise/signature.hpp"

namespace otatool::image {
namespace {

constexpr std::uint16_t kGzipMagic = 0x8B1F;
constexpr std::uint64_t kRawPayloadUnit = 16;

bool read_firmware(Bytes file, Sha256Hex sha256_hex, ImageFacts& facts) {
  if (looks_like_esp8266_v2(file)) {
    read_esp8266_v2(file, facts);
  } else if (looks_like_esp8266(file)) {
    read_esp8266(file, facts);
  } else if (looks_like_esp32(file, 0)) {
    read_esp32(file, sha256_hex, facts);
  } else if (looks_like_rp2040(file)) {
    facts.kind = Kind::Rp2040;
    facts.chip = Chip::Rp2040;
  } else if (!read_padded_merged(file, sha256_hex, facts)) {
    PartitionTable table = read_partitions(file, 0);
    if (table.entries.empty()) {
      return false;
    }
    facts.partitions = std::move(table.entries);
    facts.partition_md5 = std::move(table.md5);
    facts.kind = Kind::Esp32PartitionTable;
  }
  return true;
}

/// LittleFS and FAT store their size; SPIFFS is tried with and without a possible signature.
bool read_filesystem(Bytes file, ImageFacts& facts) {
  const auto littlefs = read_littlefs(file);
  if (const auto sized = littlefs ? littlefs : read_fat(file)) {
    facts.kind = littlefs ? Kind::LittleFs : Kind::Fat;
    facts.filesystem = sized;
    const std::uint64_t size = std::uint64_t{sized->block_size} * sized->block_count;
    // Wear levelling keeps further sectors around a FAT.
    facts.image_size = size > file.size() ? 0 : littlefs ? size : file.size();
    return true;
  }
  Bytes payload = file;
  auto spiffs = read_spiffs(payload);
  if (!spiffs) {
    if (const auto signature = signature_by_last_word(file)) {
      payload = file.first(static_cast<std::size_t>(signature->payload_size));
      spiffs = read_spiffs(payload);
    }
  }
  if (spiffs) {
    facts.kind = Kind::Spiffs;
    facts.filesystem = spiffs;
    facts.image_size = payload.size();
  }
  return spiffs.has_value();
}

void read_signature(Bytes file, Sha256Hex sha256_hex, ImageFacts& facts) {
  if (facts.image_size != 0) {
    facts.signature = signature_after(file, facts.image_size, sha256_hex);
  } else if (facts.kind == Kind::Gzip) {
    facts.signature = signature_by_last_word(file);
  } else if (facts.kind == Kind::Unknown) {
    facts.signature = signature_by_last_word(file);
    if (facts.signature && facts.signature->payload_size % kRawPayloadUnit != 0) {
      facts.signature.reset();
    }
  }
}

}  // namespace

ImageFacts recognise(Bytes file, Sha256Hex sha256_hex) {
  ImageFacts facts;
  facts.file_size = file.size();
  if (u16_at(file, 0) == kGzipMagic) {
    facts.kind = Kind::Gzip;
  } else if (!read_firmware(file, sha256_hex, facts) && !read_filesystem(file, facts)) {
    read_foreign(file, facts);
  }
  read_signature(file, sha256_hex, facts);
  if (facts.image_size != 0) {
    facts.trailing_bytes = facts.signature ? 0 : facts.file_size - facts.image_size;
  }
  if (!facts.parts.empty()) {
    facts.keys = find_keys(file);
  }
  return facts;
}

}  // namespace otatool::image
