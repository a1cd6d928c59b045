// The format of a difference update: its header, and its instructions as they leave the
// decompressor, one byte at a time. Freestanding C++17, no heap, no IO. Spec: delta.md.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "otatool/wire/image_trailer.hpp"

namespace otatool::wire {

/// The first byte is that of no image, package or filesystem: a device without support refuses it.
constexpr uint8_t kDeltaMagic[4] = {0xDE, 'O', 'T', 'A'};
constexpr uint8_t kDeltaVersion = 1;
/// Magic, version, three zeros, two sizes, two SHA-256, MD5. A gzip member follows.
constexpr size_t kDeltaHeaderSize = 96;
/// Offset of the MD5, which covers all bytes of the patch before and after it.
constexpr size_t kDeltaMd5Offset = 80;
constexpr size_t kDeltaMd5Size = 16;
/// Bytes of output that a device must remember to inflate a patch.
constexpr uint32_t kDeltaWindow = 4096;
/// Largest image on both sides: the largest flash of an ESP8266.
constexpr uint32_t kDeltaLargestImage = 16U << 20U;

/// The datagram that asks a device which application it runs (delta.md 4).
constexpr char kDeltaQuestion[] = "delta?";
/// The begin of its answer.
constexpr char kDeltaAnswer[] = "delta ";
/// Longest answer: two numbers, 64 hex digits, blanks, newline.
constexpr size_t kMaxDeltaAnswer = 6 + 10 + 1 + 10 + 1 + 2 * kSha256Size + 1;

struct DeltaHeader {
  uint32_t old_size;  ///< bytes of the image that the patch reads
  uint32_t new_size;  ///< bytes of the image that it makes
  uint8_t old_sha256[kSha256Size];
  uint8_t new_sha256[kSha256Size];
  uint8_t md5[kDeltaMd5Size];
};

/// A device's answer to kDeltaQuestion.
struct RunningImage {
  uint32_t window;     ///< bytes that the device remembers while it inflates
  uint32_t size;       ///< bytes of the running application
  const char* sha256;  ///< of these bytes: 2 * kSha256Size lower-case hex digits, in the text
};

enum class DeltaHeaderState : uint8_t {
  Valid,
  NotDelta,        ///< other first bytes, or too short
  UnknownVersion,  ///< made for a later reader
  Malformed,       ///< a reserved byte is not 0, or a size is 0 or above kDeltaLargestImage
};

namespace detail {

inline uint32_t delta_word(const uint8_t* bytes) {
  return read_trailer_length(bytes);
}

/// Reads a decimal number of at most ten digits and the blank after it; moves `at` behind them.
inline bool read_delta_number(const char*& at, const char* end, uint32_t& out) {
  uint64_t value = 0;
  const char* const begin = at;
  while (at != end && *at >= '0' && *at <= '9' && at - begin < 10) {
    value = value * 10 + static_cast<uint32_t>(*at++ - '0');
  }
  if (at == begin || at == end || *at++ != ' ' || value > 0xFFFFFFFF) {
    return false;
  }
  out = static_cast<uint32_t>(value);
  return true;
}

}  // namespace detail

/// Reads an answer to kDeltaQuestion. False for any other text; then `out` is not complete.
inline bool parse_delta_answer(const char* text, size_t length, RunningImage& out) {
  constexpr size_t kDigits = 2 * kSha256Size;
  constexpr size_t kPrefix = sizeof(kDeltaAnswer) - 1;
  if (length < kPrefix || memcmp(text, kDeltaAnswer, kPrefix) != 0) {
    return false;
  }
  const char* at = text + kPrefix;
  const char* const end = text + length;
  if (!detail::read_delta_number(at, end, out.window) ||
      !detail::read_delta_number(at, end, out.size) ||
      static_cast<size_t>(end - at) != kDigits + 1 || at[kDigits] != '\n') {
    return false;
  }
  out.sha256 = at;
  for (size_t i = 0; i < kDigits; ++i) {
    if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'f'))) {
      return false;
    }
  }
  return true;
}

/// Reads the header of a patch of `size` bytes, of which kDeltaHeaderSize are at `bytes`, or all if
/// they are fewer. `out` is complete only if the result is Valid.
inline DeltaHeaderState parse_delta_header(const uint8_t* bytes, size_t size, DeltaHeader& out) {
  if (size < kDeltaHeaderSize || memcmp(bytes, kDeltaMagic, sizeof(kDeltaMagic)) != 0) {
    return DeltaHeaderState::NotDelta;
  }
  if (bytes[4] != kDeltaVersion) {
    return DeltaHeaderState::UnknownVersion;
  }
  out.old_size = detail::delta_word(bytes + 8);
  out.new_size = detail::delta_word(bytes + 12);
  memcpy(out.old_sha256, bytes + 16, kSha256Size);
  memcpy(out.new_sha256, bytes + 48, kSha256Size);
  memcpy(out.md5, bytes + kDeltaMd5Offset, kDeltaMd5Size);
  const bool good = (bytes[5] | bytes[6] | bytes[7]) == 0 &&
                    out.old_size - 1 < kDeltaLargestImage && out.new_size - 1 < kDeltaLargestImage;
  return good ? DeltaHeaderState::Valid : DeltaHeaderState::Malformed;
}

/// Writes kDeltaHeaderSize bytes.
inline void format_delta_header(const DeltaHeader& header, uint8_t* out) {
  memset(out, 0, kDeltaHeaderSize);
  memcpy(out, kDeltaMagic, sizeof(kDeltaMagic));
  out[4] = kDeltaVersion;
  write_trailer_length(header.old_size, out + 8);
  write_trailer_length(header.new_size, out + 12);
  memcpy(out + 16, header.old_sha256, kSha256Size);
  memcpy(out + 48, header.new_sha256, kSha256Size);
  memcpy(out + kDeltaMd5Offset, header.md5, kDeltaMd5Size);
}

/// Reads the instructions of a patch, byte by byte. Each instruction is three numbers (move the
/// position in the old image, add, copy), then the bytes to add, then the bytes to copy (delta.md
/// 3). Guarantees: no position outside of the old image, no more than new_size bytes made, and at
/// least one byte by each instruction.
class DeltaScanner {
 public:
  enum class Meaning : uint8_t {
    Number,     ///< part of an instruction: makes nothing
    Add,        ///< makes one byte: the sum, modulo 256, with the old byte at old_position()
    Copy,       ///< is itself the next byte of the new image
    Malformed,  ///< the patch is damaged; every further byte is Malformed
  };

  DeltaScanner(uint32_t old_size, uint32_t new_size) : old_size_(old_size), left_(new_size) {}

  Meaning feed(uint8_t byte) {
    if (add_ != 0) {
      --add_;
      ++old_at_;
      return Meaning::Add;
    }
    if (copy_ != 0) {
      --copy_;
      return Meaning::Copy;
    }
    good_ = good_ && left_ != 0 && number(byte);
    return good_ ? Meaning::Number : Meaning::Malformed;
  }

  /// Of the last byte that feed() called Add.
  uint32_t old_position() const { return old_at_ - 1; }
  /// True if all bytes of the new image were made and no instruction is open.
  bool complete() const { return good_ && left_ == 0 && add_ == 0 && copy_ == 0; }

 private:
  /// Base 128, the lowest seven bits first; bit 7 says that more follow. At most five bytes, in
  /// the shortest form.
  bool number(uint8_t byte) {
    if (shift_ == 28 && byte > 0x0F) {
      return false;
    }
    if (byte == 0 && shift_ != 0) {
      return false;
    }
    value_ |= static_cast<uint32_t>(byte & 0x7F) << shift_;
    if ((byte & 0x80) != 0) {
      shift_ = static_cast<uint8_t>(shift_ + 7);
      return true;
    }
    numbers_[count_++] = value_;
    value_ = 0;
    shift_ = 0;
    return count_ < 3 || begin();
  }

  bool begin() {
    count_ = 0;
    const uint32_t distance = (numbers_[0] >> 1U) + (numbers_[0] & 1U);
    const bool back = (numbers_[0] & 1U) != 0;
    if (distance > (back ? old_at_ : old_size_ - old_at_)) {
      return false;
    }
    old_at_ = back ? old_at_ - distance : old_at_ + distance;
    if (numbers_[1] > old_size_ - old_at_ || numbers_[1] > left_ ||
        numbers_[2] > left_ - numbers_[1] || (numbers_[1] | numbers_[2]) == 0) {
      return false;
    }
    add_ = numbers_[1];
    copy_ = numbers_[2];
    left_ -= add_ + copy_;
    return true;
  }

  uint32_t old_size_;
  uint32_t left_;  ///< bytes of the new image that no instruction has announced yet
  uint32_t old_at_ = 0;
  uint32_t add_ = 0;
  uint32_t copy_ = 0;
  uint32_t numbers_[3] = {};
  uint32_t value_ = 0;
  uint8_t shift_ = 0;
  uint8_t count_ = 0;
  bool good_ = true;
};

}  // namespace otatool::wire
