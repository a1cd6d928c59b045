// Packages of common compressors, packages made bit by bit, and helpers that feed them to Inflater
// in pieces.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <zlib.h>

#include "firmware/core/package/inflate.hpp"

namespace otatool::firmware::testing {

using Buffer = std::vector<std::uint8_t>;

class MemorySource : public InflateSource {
 public:
  MemorySource(const Buffer& bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}

  bool read(std::uint8_t* bytes, std::size_t capacity, std::size_t& count) override {
    if (reads_left_ == 0) {
      return false;
    }
    --reads_left_;
    count = std::min({capacity, piece_, bytes_.size() - at_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, bytes);
    at_ += count;
    return true;
  }

  void fail_after(std::size_t reads) { reads_left_ = reads; }
  [[nodiscard]] std::size_t position() const { return at_; }

 private:
  const Buffer& bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
  std::size_t reads_left_ = SIZE_MAX;
};

class MemorySink : public InflateSink {
 public:
  bool write(const std::uint8_t* bytes, std::size_t count) override {
    if (runs_.size() == allowed_runs_) {
      return false;
    }
    unpacked_.insert(unpacked_.end(), bytes, bytes + count);
    runs_.push_back(count);
    return true;
  }

  std::size_t allowed_runs_ = SIZE_MAX;
  Buffer unpacked_;
  std::vector<std::size_t> runs_;
};

struct Unpacked {
  InflateResult result;
  Buffer bytes;
  std::vector<std::size_t> runs;
};

inline Unpacked unpack(const Buffer& package,
                       std::size_t piece = 4096,
                       std::uint32_t limit = UINT32_MAX) {
  // Allocated in its exact size, so that a sanitizer detects an overrun.
  Buffer window(Inflater::kWindowBytes);
  Inflater inflater(window.data());
  MemorySource source(package, piece);
  MemorySink sink;
  const InflateResult result = inflater.run(source, &sink, limit);
  return {result, std::move(sink.unpacked_), std::move(sink.runs_)};
}

inline InflateResult verify(const Buffer& package, std::size_t piece = 4096) {
  Buffer window(Inflater::kWindowBytes);
  Inflater inflater(window.data());
  MemorySource source(package, piece);
  return inflater.run(source, nullptr, UINT32_MAX);
}

struct ZlibSettings {
  int level = 9;
  int strategy = Z_DEFAULT_STRATEGY;
  int window_bits = 15;
  int flush = Z_NO_FLUSH;
  std::size_t flush_every = 5000;
};

inline Buffer pack_with_zlib(const Buffer& data, const ZlibSettings& settings = {}) {
  z_stream stream{};
  if (deflateInit2(
          &stream, settings.level, Z_DEFLATED, settings.window_bits + 16, 9, settings.strategy) !=
      Z_OK) {
    return {};
  }
  Buffer package(data.size() * 2 + 4096);
  Buffer input(data);
  stream.next_out = package.data();
  stream.avail_out = static_cast<uInt>(package.size());
  std::size_t at = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t left = input.size() - at;
    const std::size_t piece =
        settings.flush == Z_NO_FLUSH ? left : std::min(left, settings.flush_every);
    stream.next_in = input.data() + at;
    stream.avail_in = static_cast<uInt>(piece);
    at += piece;
    status = deflate(&stream, at == input.size() ? Z_FINISH : settings.flush);
  }
  package.resize(package.size() - stream.avail_out);
  deflateEnd(&stream);
  return status == Z_STREAM_END ? package : Buffer();
}

/// A package that makes no progress after its first `split` unpacked bytes for `filler` bytes:
/// empty blocks.
inline Buffer pack_with_filler(const Buffer& data, std::size_t split, std::size_t filler) {
  constexpr std::array<std::uint8_t, 5> kEmptyBlock = {0, 0, 0, 0xFF, 0xFF};
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  Buffer package(data.size() * 2 + filler + 4096);
  Buffer input(data);
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(split);
  stream.next_out = package.data();
  stream.avail_out = static_cast<uInt>(package.size());
  deflate(&stream, Z_SYNC_FLUSH);
  for (std::size_t i = 0; i < filler; ++i) {
    *stream.next_out++ = kEmptyBlock[i % kEmptyBlock.size()];
  }
  stream.avail_out -= static_cast<uInt>(filler);
  stream.avail_in = static_cast<uInt>(data.size() - split);
  const int status = deflate(&stream, Z_FINISH);
  package.resize(package.size() - stream.avail_out);
  deflateEnd(&stream);
  return status == Z_STREAM_END ? package : Buffer();
}

/// zlib's result: the unpacked bytes of a single member with nothing after it, else nothing.
inline bool zlib_accepts(const Buffer& package, Buffer& unpacked) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) {
    return false;
  }
  Buffer input(package);
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  unpacked.clear();
  int status = Z_OK;
  while (status == Z_OK) {
    std::uint8_t piece[16384];
    stream.next_out = piece;
    stream.avail_out = sizeof piece;
    status = inflate(&stream, Z_NO_FLUSH);
    unpacked.insert(unpacked.end(), piece, piece + (sizeof piece - stream.avail_out));
  }
  const bool accepted = status == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return accepted;
}

/// A package written bit by bit: header, the caller's bits, trailer.
class HandMade {
 public:
  HandMade() = default;
  explicit HandMade(Buffer header) : bytes_(std::move(header)) {}

  /// Lowest bit first, as all of deflate except the codes; `count` is at most 32.
  HandMade& bits(std::uint32_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      if (used_ == 0) {
        bytes_.push_back(0);
      }
      bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | ((value >> i) & 1U) << used_);
      used_ = (used_ + 1) % 8;
    }
    return *this;
  }

  /// Highest bit first.
  HandMade& code(std::uint32_t value, unsigned count) {
    for (unsigned i = count; i-- > 0;) {
      bits(value >> i, 1);
    }
    return *this;
  }

  /// A literal or length symbol of the fixed code.
  HandMade& fixed(unsigned symbol) {
    if (symbol < 144) {
      return code(0x30 + symbol, 8);
    }
    if (symbol < 256) {
      return code(0x190 + symbol - 144, 9);
    }
    return symbol < 280 ? code(symbol - 256, 7) : code(0xC0 + symbol - 280, 8);
  }

  HandMade& align() {
    used_ = 0;
    return *this;
  }

  HandMade& word(std::uint32_t value) { return align().bits(value, 16).bits(value >> 16U, 16); }

  [[nodiscard]] Buffer package(const Buffer& content = {}) const {
    HandMade with_trailer(*this);
    const uLong crc = ::crc32(0, content.data(), static_cast<uInt>(content.size()));
    return with_trailer.word(static_cast<std::uint32_t>(crc))
        .word(static_cast<std::uint32_t>(content.size()))
        .bytes_;
  }

 private:
  static constexpr std::array<std::uint8_t, 10> kPlainHeader = {
      0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255};
  Buffer bytes_{kPlainHeader.begin(), kPlainHeader.end()};
  unsigned used_ = 0;
};

inline Buffer text_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

}  // namespace otatool::firmware::testing
