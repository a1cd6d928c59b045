#include "tests/support/eboot_model.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <zlib.h>

namespace otatool::test {
namespace {

constexpr std::uint8_t kErased = 0xFF;

std::size_t round_up(std::size_t bytes) {
  constexpr std::size_t kSector = EbootModel::kSectorBytes;
  return (bytes + kSector - 1) / kSector * kSector;
}

/// The staged file. Each sector is read from flash just before its first byte is used.
class StagedSource {
 public:
  StagedSource(const std::vector<std::uint8_t>& flash, std::size_t address)
      : flash_(flash), address_(address) {}

  Bytes unread() {
    if (at_ == filled_) {
      // The loader does not know the size of the file and reads beyond its end.
      filled_ = address_ < flash_.size() ? std::min(block_.size(), flash_.size() - address_) : 0;
      std::copy_n(flash_.begin() + static_cast<std::ptrdiff_t>(address_), filled_, block_.begin());
      address_ += filled_;
      at_ = 0;
    }
    return Bytes(block_).subspan(at_, filled_ - at_);
  }
  void took(std::size_t count) { at_ += count; }

  std::uint8_t next() {
    const Bytes bytes = unread();
    if (bytes.empty()) {
      return kErased;
    }
    took(1);
    return bytes[0];
  }

 private:
  const std::vector<std::uint8_t>& flash_;
  std::size_t address_;
  std::array<std::uint8_t, EbootModel::kSectorBytes> block_{};
  std::size_t filled_ = 0;
  std::size_t at_ = 0;
};

bool skip_header(StagedSource& source) {
  constexpr unsigned kHeaderCrc = 2;
  constexpr unsigned kExtra = 4;
  constexpr std::array<unsigned, 2> kTexts = {8, 16};
  constexpr unsigned kUnknown = 0xE0;
  source.next();
  source.next();
  if (source.next() != 8) {
    return false;
  }
  const unsigned flags = source.next();
  if ((flags & kUnknown) != 0) {
    return false;
  }
  for (int ignored = 0; ignored < 6; ++ignored) {
    source.next();
  }
  if ((flags & kExtra) != 0) {
    unsigned length = source.next();
    length += 256U * source.next();
    while (length-- > 0) {
      source.next();
    }
  }
  for (const unsigned text : kTexts) {
    while ((flags & text) != 0 && source.next() != 0) {
    }
  }
  if ((flags & kHeaderCrc) != 0) {
    source.next();
    source.next();
  }
  return true;
}

class Decoder {
 public:
  Decoder() {
    if (inflateInit2(&state_, -MAX_WBITS) != Z_OK) {
      throw std::runtime_error("zlib does not start");
    }
  }
  ~Decoder() { inflateEnd(&state_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Fills `out`, or only part of it if the stream ends first.
  bool fill(StagedSource& source, std::uint8_t* out, std::size_t length) {
    state_.next_out = out;
    state_.avail_out = static_cast<uInt>(length);
    int result = Z_OK;
    while (state_.avail_out > 0 && result == Z_OK) {
      const Bytes in = source.unread();
      if (in.empty()) {
        return false;
      }
      state_.next_in = const_cast<Bytef*>(in.data());
      state_.avail_in = static_cast<uInt>(in.size());
      result = inflate(&state_, Z_NO_FLUSH);
      source.took(in.size() - state_.avail_in);
    }
    return result == Z_OK || result == Z_STREAM_END;
  }

 private:
  z_stream state_{};
};

/// Divides the words' bits, each byte from its highest bit on, by the CRC's polynomial.
std::uint32_t command_crc(std::span<const std::uint32_t> words) {
  std::uint32_t remainder = 0xFFFFFFFF;
  for (const std::uint32_t word : words) {
    for (int bit = 0; bit < 32; ++bit) {
      const std::uint32_t in = word >> (bit / 8 * 8 + 7 - bit % 8) & 1;
      const bool divides = (remainder >> 31) != in;
      remainder = remainder << 1 ^ (divides ? 0x04C11DB7 : 0);
    }
  }
  return remainder;
}

std::int32_t last_word(const std::vector<std::uint8_t>& flash, std::size_t end) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    word |= static_cast<std::uint32_t>(flash.at(end - 4 + i)) << (8 * i);
  }
  return static_cast<std::int32_t>(word);
}

}  // namespace

EbootModel::EbootModel(std::size_t flash_bytes, Bytes old_sketch)
    : flash_(flash_bytes, kErased), old_sketch_(old_sketch.begin(), old_sketch.end()) {
  write(0, old_sketch);
}

EbootModel::EbootModel(std::vector<std::uint8_t> flash, Bytes old_sketch)
    : flash_(std::move(flash)), old_sketch_(old_sketch.begin(), old_sketch.end()) {}

std::optional<CopyResult> EbootModel::start(std::span<std::uint32_t, 32> rtc) {
  constexpr std::uint32_t kCopyRaw = 1;
  if ((rtc[0] & 0xFFFFF000) != 0xEB001000 || rtc[31] != command_crc(rtc.first(31)) ||
      rtc[1] != kCopyRaw) {
    return std::nullopt;
  }
  if (rtc[3] != 0) {
    throw std::invalid_argument("a command for another place than the start of the flash");
  }
  const CopyResult result = copy(rtc[2], rtc[4]);
  rtc[0] = rtc[31] = 0;
  return result;
}

void EbootModel::write(std::size_t address, Bytes bytes) {
  if (address > flash_.size() || bytes.size() > flash_.size() - address) {
    throw std::out_of_range("a write beyond the end of the flash");
  }
  std::copy(bytes.begin(), bytes.end(), flash_.begin() + static_cast<std::ptrdiff_t>(address));
}

std::size_t EbootModel::stage_below(std::size_t filesystem_start, Bytes file) {
  const std::size_t source = filesystem_start - round_up(file.size());
  write(source, file);
  return source;
}

std::size_t EbootModel::stage_above_sketch(Bytes file) {
  const std::size_t source = round_up(old_sketch_.size());
  write(source, file);
  return source;
}

CopyResult EbootModel::copy(std::size_t source, std::size_t size) {
  if (source % kSectorBytes != 0) {
    return CopyResult::Misaligned;
  }
  StagedSource staged(flash_, source);
  const bool packed = flash_.at(source) == 0x1F && flash_.at(source + 1) == 0x8B;
  auto left = static_cast<std::int32_t>(size);
  if (packed) {
    left = last_word(flash_, source + size);
    if (!skip_header(staged)) {
      return CopyResult::BadHeader;
    }
  }
  Decoder decoder;
  std::array<std::uint8_t, kSectorBytes> sector{};
  for (std::size_t target = 0; left > 0; target += kSectorBytes) {
    const std::size_t count = std::min(static_cast<std::size_t>(left), kSectorBytes);
    if (packed && !decoder.fill(staged, sector.data(), count)) {
      return CopyResult::BadStream;
    }
    if (!packed) {
      std::generate_n(sector.begin(), count, [&staged] { return staged.next(); });
    }
    std::fill(sector.begin() + static_cast<std::ptrdiff_t>(count), sector.end(), kErased);
    if (target + kSectorBytes > flash_.size()) {
      return CopyResult::EraseFailed;
    }
    write(target, sector);
    left -= static_cast<std::int32_t>(count);
  }
  return CopyResult::Copied;
}

bool EbootModel::starts(Bytes image) const {
  const std::size_t end = round_up(image.size());
  return end <= flash_.size() && std::equal(image.begin(), image.end(), flash_.begin()) &&
         std::all_of(flash_.begin() + static_cast<std::ptrdiff_t>(image.size()),
                     flash_.begin() + static_cast<std::ptrdiff_t>(end),
                     [](std::uint8_t byte) { return byte == kErased; });
}

}  // namespace otatool::test
