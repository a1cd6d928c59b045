#include "tests/support/image_builder.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>

#include <openssl/evp.h>

namespace otatool::support {
namespace {

constexpr std::size_t kSector = 4096;
constexpr std::size_t kSketch = 0x1000;

void pad_to(Blob& blob, std::size_t multiple, std::uint8_t filler) {
  while (blob.size() % multiple != 0) {
    blob.push_back(filler);
  }
}

std::uint32_t crc_msb_first(Bytes bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    for (std::uint32_t mask = 0x80; mask != 0; mask >>= 1U) {
      const bool bit = ((crc & 0x80000000U) != 0) != ((byte & mask) != 0);
      crc <<= 1U;
      if (bit) {
        crc ^= 0x04C11DB7U;
      }
    }
  }
  return crc;
}

std::uint32_t crc_of_zlib(Bytes bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xEDB88320U : crc >> 1U;
    }
  }
  return crc ^ 0xFFFFFFFFU;
}

Blob sha256(Bytes bytes) {
  Blob digest(32);
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("no sha-256");
  }
  return digest;
}

void append_header(Blob& blob, std::uint8_t magic, std::size_t segments, const HeaderSpec& header) {
  blob.push_back(magic);
  blob.push_back(static_cast<std::uint8_t>(segments));
  blob.push_back(header.mode);
  blob.push_back(header.size_and_frequency);
  append_u32(blob, header.entry);
}

void append_segments(Blob& blob, const std::vector<SegmentSpec>& segments) {
  std::uint8_t sum = 0xEF;
  for (const SegmentSpec& segment : segments) {
    append_u32(blob, segment.address);
    append_u32(blob, static_cast<std::uint32_t>(segment.data.size()));
    append(blob, segment.data);
    for (const std::uint8_t byte : segment.data) {
      sum = static_cast<std::uint8_t>(sum ^ byte);
    }
  }
  while (blob.size() % 16 != 15) {
    blob.push_back(0);
  }
  blob.push_back(sum);
}

void append_v1(Blob& blob, const HeaderSpec& header, const std::vector<SegmentSpec>& segments) {
  append_header(blob, 0xE9, segments.size(), header);
  append_segments(blob, segments);
}

Blob app_descriptor() {
  Blob descriptor(256);
  put_u32(descriptor, 0, 0xABCD5432);
  put_u32(descriptor, 4, 3);
  const auto text = [&descriptor](std::size_t offset, std::string_view value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      descriptor[offset + i] = static_cast<std::uint8_t>(value[i]);
    }
  };
  text(16, "1.2.3");
  text(48, "thermostat");
  text(80, "12:34:56");
  text(96, "Jan  2 2025");
  text(112, "v5.1.4");
  for (std::size_t i = 0; i < 32; ++i) {
    descriptor[144 + i] = static_cast<std::uint8_t>(i);
  }
  return descriptor;
}

void append_extension(Blob& blob, const Esp32Spec& spec) {
  Blob extension(16);
  extension[0] = 0xEE;
  put_u16(extension, 4, spec.chip_id);
  put_u16(extension, 7, 100);
  put_u16(extension, 9, 399);
  extension[15] = spec.hash ? 1 : 0;
  append(blob, extension);
}

}  // namespace

void append(Blob& blob, Bytes bytes) {
  std::copy(bytes.begin(), bytes.end(), std::back_inserter(blob));
}

void append_u32(Blob& blob, std::uint32_t value) {
  blob.resize(blob.size() + 4);
  put_u32(blob, blob.size() - 4, value);
}

void put_u16(Blob& blob, std::size_t offset, std::uint16_t value) {
  blob.at(offset) = static_cast<std::uint8_t>(value & 0xFFU);
  blob.at(offset + 1) = static_cast<std::uint8_t>(value >> 8U);
}

void put_u32(Blob& blob, std::size_t offset, std::uint32_t value) {
  put_u16(blob, offset, static_cast<std::uint16_t>(value & 0xFFFFU));
  put_u16(blob, offset + 2, static_cast<std::uint16_t>(value >> 16U));
}

Blob noise(std::size_t size, std::uint32_t seed) {
  Blob bytes(size);
  std::uint32_t state = seed * 2654435761U + 12345U;
  for (std::uint8_t& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24U);
  }
  return bytes;
}

Blob v1_image(const HeaderSpec& header, const std::vector<SegmentSpec>& segments) {
  Blob image;
  append_v1(image, header, segments);
  return image;
}

Blob v2_image(std::size_t irom_size, const std::vector<SegmentSpec>& segments) {
  Blob irom = noise(irom_size, 77);
  pad_to(irom, 16, 0);
  Blob image;
  append_header(image, 0xEA, 4, {});
  append_u32(image, 0);
  append_u32(image, static_cast<std::uint32_t>(irom.size()));
  append(image, irom);
  append_v1(image, {}, segments);
  const std::uint32_t crc = crc_of_zlib(image);
  append_u32(image, (crc & 0x80000000U) != 0 ? ~crc : crc + 1);
  return image;
}

Blob loader_image(const HeaderSpec& header) {
  return v1_image(header, {{0x4010F000, noise(3000, 1)}, {0x3FFE8000, noise(150, 2)}});
}

Blob arduino_image(const ArduinoSpec& spec) {
  Blob image = loader_image(spec.header);
  pad_to(image, kSector, 0xAA);
  Blob code = noise(spec.code_size, 3);
  append(code, as_bytes(spec.text));
  for (std::size_t i = 0; i < 8; ++i) {
    code.at(i) = 0;
  }
  HeaderSpec sketch = spec.header;
  sketch.entry = 0x40100000;
  append_v1(image,
            sketch,
            {{0x40201010, code},
             {0x40100000, noise(701, 4)},
             {0x401002C0, noise(33, 5)},
             {0x3FFE8000, noise(90, 6)},
             {0x3FFE8060, noise(45, 7)}});
  if (spec.crc != CrcPlace::None) {
    const std::size_t place = spec.crc == CrcPlace::InSketch ? kSketch + 16 : kSketch - 8;
    put_u32(image, place, 0);
    put_u32(image, place + 4, 0);
    const std::uint32_t crc = crc_msb_first(image);
    put_u32(image, place, static_cast<std::uint32_t>(image.size()));
    put_u32(image, place + 4, crc);
  }
  return image;
}

Blob esp32_image(const Esp32Spec& spec) {
  std::vector<SegmentSpec> segments = spec.segments;
  if (segments.empty()) {
    Blob rodata = spec.descriptor ? app_descriptor() : Blob{};
    append(rodata, noise(200, 8));
    segments = {{0x3F400020, rodata}, {0x40080000, noise(123, 9)}, {0x400D0020, noise(300, 10)}};
  }
  Blob image;
  append_header(image, 0xE9, segments.size(), {spec.mode, spec.size_and_frequency, 0x40081234});
  append_extension(image, spec);
  append_segments(image, segments);
  if (spec.hash) {
    append(image, sha256(image));
  }
  return image;
}

Blob esp32_bootloader(std::uint16_t chip_id) {
  Esp32Spec spec;
  spec.chip_id = chip_id;
  spec.segments = {{0x3FFF0030, noise(500, 11)}, {0x40078000, noise(900, 12)}};
  return esp32_image(spec);
}

Blob partition_table() {
  Blob table;
  const auto add = [&table](std::uint8_t type,
                            std::uint8_t subtype,
                            std::uint32_t offset,
                            std::uint32_t size,
                            std::string_view label) {
    append(table, Blob{0xAA, 0x50, type, subtype});
    append_u32(table, offset);
    append_u32(table, size);
    Blob text(16);
    for (std::size_t i = 0; i < label.size(); ++i) {
      text[i] = static_cast<std::uint8_t>(label[i]);
    }
    append(table, text);
    append_u32(table, 0);
  };
  add(1, 2, 0x9000, 0x5000, "nvs");
  add(1, 0, 0xE000, 0x2000, "otadata");
  add(0, 0x10, 0x10000, 0x140000, "app0");
  add(0, 0x11, 0x150000, 0x140000, "app1");
  table.resize(0xC00, 0xFF);
  return table;
}

Blob merged_image(std::size_t bootloader_offset, std::uint16_t chip_id) {
  Blob image(bootloader_offset, 0xFF);
  append(image, esp32_bootloader(chip_id));
  image.resize(0x8000, 0xFF);
  append(image, partition_table());
  image.resize(0x10000, 0xFF);
  Esp32Spec app;
  app.chip_id = chip_id;
  append(image, esp32_image(app));
  return image;
}

Blob littlefs_image(std::uint32_t block_size, std::uint32_t block_count) {
  Blob image(std::size_t{block_size} * block_count, 0xFF);
  for (std::uint32_t block = 0; block < 2 && block < block_count; ++block) {
    Blob superblock;
    append_u32(superblock, block + 1);
    append_u32(superblock, 0xF00FFFF7);
    append(superblock, as_bytes("littlefs"));
    append_u32(superblock, 0x20024018);
    append_u32(superblock, 0x00020000);
    append_u32(superblock, block_size);
    append_u32(superblock, block_count);
    append_u32(superblock, 32);
    std::copy(superblock.begin(),
              superblock.end(),
              image.begin() + static_cast<std::ptrdiff_t>(std::size_t{block_size} * block));
  }
  return image;
}

Blob fat_image(std::uint16_t sectors, bool wear_levelling) {
  Blob image(kSector * sectors, 0);
  const Blob start = {0xEB, 0xFE, 0x90, 'M', 'S', 'D', 'O', 'S', '5', '.', '0'};
  std::copy(start.begin(), start.end(), image.begin());
  put_u16(image, 11, kSector);
  image[13] = 1;  // sectors per cluster
  put_u16(image, 14, 1);
  image[16] = 1;  // FATs
  put_u16(image, 17, 512);
  put_u16(image, 19, sectors);
  image[21] = 0xF8;
  put_u16(image, 22, 1);
  put_u16(image, 510, 0xAA55);
  if (wear_levelling) {
    image.insert(image.begin(), kSector, 0xFF);
    image.resize(image.size() + 3 * kSector, 0xFF);
  }
  return image;
}

Blob spiffs_image(std::uint32_t block_size, std::uint32_t block_count, bool length) {
  Blob image(std::size_t{block_size} * block_count, 0xFF);
  for (std::uint32_t block = 0; block < block_count; ++block) {
    const std::uint32_t magic = 0x20140529U ^ 256U ^ (length ? block_count - block : 0U);
    put_u16(
        image, std::size_t{block_size} * block + 252, static_cast<std::uint16_t>(magic & 0xFFFFU));
  }
  return image;
}

Blob with_trailer(Blob payload, std::uint32_t signature_size) {
  return with_trailer_word(std::move(payload), signature_size, signature_size);
}

Blob with_trailer_word(Blob payload, std::uint32_t signature_size, std::uint32_t last_word) {
  append(payload, noise(signature_size, 13));
  append_u32(payload, last_word);
  return payload;
}

Blob with_esp32_trailer(Blob payload, const Blob& signature) {
  Blob trailer = signature;
  trailer.resize(512);
  append(payload, trailer);
  return payload;
}

Blob with_secure_boot_v2(Blob payload, std::uint8_t version, unsigned blocks) {
  pad_to(payload, kSector, 0xFF);
  const Blob digest = sha256(payload);
  Blob sector;
  for (unsigned i = 0; i < blocks; ++i) {
    Blob block = {0xE7, version, 0, 0};
    append(block, digest);
    append(block, noise(1196 - block.size(), 14 + i));
    append_u32(block, crc_of_zlib(block));
    block.resize(1216);
    append(sector, block);
  }
  sector.resize(kSector, 0xFF);
  append(payload, sector);
  return payload;
}

Blob with_secure_boot_v1(Blob payload) {
  append_u32(payload, 0);
  append(payload, noise(64, 20));
  return payload;
}

std::string sha256_hex(Bytes bytes) {
  return to_hex(sha256(bytes));
}

}  // namespace otatool::support
