#include "image/recognise/foreign.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "otatool/ascii.hpp"

#include "image/recognise/little_endian.hpp"

namespace otatool::image {
namespace {

/// The bytes that are examined to distinguish text from binary.
constexpr std::size_t kTextSample = 4096;
constexpr std::size_t kPageSample = 512;

bool begins_with(Bytes file, std::string_view magic) {
  const auto head = slice(file, 0, magic.size());
  return head && as_text(*head) == magic;
}

bool blank(Bytes file) {
  const std::uint8_t first = file.front();
  return (first == 0xFF || first == 0x00) &&
         std::all_of(file.begin(), file.end(), [first](auto byte) { return byte == first; });
}

/// Checks the first record: count, address, type, data and checksum add up to zero.
bool intel_hex(Bytes file) {
  if (!begins_with(file, ":")) {
    return false;
  }
  constexpr std::size_t kFixedBytes = 5;
  std::size_t bytes = kFixedBytes;
  unsigned sum = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    const auto digits = slice(file, 1 + 2 * i, 2);
    const auto byte = digits ? from_hex(as_text(*digits)) : std::nullopt;
    if (!byte) {
      return false;
    }
    const unsigned value = byte->front();
    if (i == 0) {
      bytes += value;
    }
    sum += value;
  }
  return sum % 256 == 0;
}

std::size_t utf8_length(std::uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) {
    return 2;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    return 3;
  }
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

bool text_byte(std::uint8_t byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\t' || byte == '\r' || byte == '\n' ||
         byte == '\f' || byte == 0x1B;
}

bool text(Bytes file) {
  const Bytes sample = file.first(std::min(file.size(), kTextSample));
  for (std::size_t i = 0; i < sample.size();) {
    if (text_byte(sample[i])) {
      ++i;
      continue;
    }
    const std::size_t length = utf8_length(sample[i]);
    if (length == 0) {
      return false;
    }
    // The sample may end in the middle of a character, but the file may not.
    if (i + length > file.size()) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((file[i + k] & 0xC0U) != 0x80) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

bool is_web_page(std::string_view file) {
  const std::string head = lower_case(file.substr(0, kPageSample));
  return head.find("<!doctype html") != std::string::npos ||
         head.find("<html") != std::string::npos;
}

/// Whether the byte values are as frequent as in ciphertext, by a chi-squared test. The statistic
/// of random bytes is 255 with a deviation of 23; machine code and most compressed files have far
/// more. Flash encryption works on blocks of 16 bytes.
bool random_bytes(Bytes file) {
  constexpr std::size_t kLeast = 4096;
  constexpr std::size_t kBlock = 16;
  constexpr double kMostDeviation = 400;
  if (file.size() < kLeast || file.size() % kBlock != 0) {
    return false;
  }
  std::array<std::uint32_t, 256> counts{};
  for (const std::uint8_t byte : file) {
    ++counts[byte];
  }
  const double expected = static_cast<double>(file.size()) / static_cast<double>(counts.size());
  double deviation = 0;
  for (const std::uint32_t count : counts) {
    deviation += (count - expected) * (count - expected) / expected;
  }
  return deviation < kMostDeviation;
}

struct Magic {
  Kind kind;
  std::size_t offset;
  std::string_view bytes;
};
constexpr std::array kMagics = {Magic{Kind::Uf2, 0, "UF2\nWQ]\x9E"},
                                Magic{Kind::SevenZip, 0, "7z\xBC\xAF\x27\x1C"},
                                Magic{Kind::Xz,
                                      0,
                                      std::string_view("\xFD"
                                                       "7zXZ\0",
                                                       6)},
                                Magic{Kind::Tar, 257, "ustar"},
                                Magic{Kind::Mcuboot, 0, "\x3D\xB8\xF3\x96"},
                                Magic{Kind::EncryptedImage, 0, "\xCF\xB6\x88\x07"},
                                Magic{Kind::Delta, 0, "\xDEOTA"}};

Kind kind_by_magic(Bytes file) {
  for (const Magic& magic : kMagics) {
    const auto found = slice(file, magic.offset, magic.bytes.size());
    if (found && as_text(*found) == magic.bytes) {
      return magic.kind;
    }
  }
  return Kind::Unknown;
}

Kind kind_of_text(std::string_view file) {
  if (file.starts_with("version https://git-lfs")) {
    return Kind::GitLfs;
  }
  if (is_web_page(file)) {
    return Kind::Html;
  }
  const std::size_t first = file.find_first_not_of(" \t\r\n");
  const char letter = first == std::string_view::npos ? ' ' : file[first];
  return letter == '{' || letter == '[' ? Kind::Json : Kind::Text;
}

}  // namespace

void read_foreign(Bytes file, ImageFacts& facts) {
  if (file.empty()) {
    facts.kind = Kind::Empty;
  } else if (begins_with(file,
                         "\x7F"
                         "ELF")) {
    facts.kind = Kind::Elf;
  } else if (begins_with(file, "PK\x03\x04") || begins_with(file, "PK\x05\x06")) {
    facts.kind = Kind::Zip;
  } else if (const Kind kind = kind_by_magic(file); kind != Kind::Unknown) {
    facts.kind = kind;
  } else if (intel_hex(file)) {
    facts.kind = Kind::IntelHex;
  } else if (blank(file)) {
    facts.kind = Kind::Blank;
  } else if (text(file)) {
    facts.kind = kind_of_text(as_text(file));
  } else if (random_bytes(file)) {
    facts.kind = Kind::RandomBytes;
  }
}

}  // namespace otatool::image
