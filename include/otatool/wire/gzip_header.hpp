// The header of a gzip member (RFC 1952 section 2.3), read byte by byte as it arrives.
// Freestanding C++17, no heap, no IO; keeps the offsets of texts, not the texts.
// Spec: signing-gzip-images.md 2.2.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::wire {

constexpr uint8_t kGzipMagic1 = 0x1F;
constexpr uint8_t kGzipMagic2 = 0x8B;
constexpr uint8_t kGzipMethodDeflate = 8;
/// Magic, method, flags, MTIME, XFL and OS. The fields that the flags announce follow.
constexpr size_t kGzipFixedHeaderLength = 10;
/// CRC-32 of the content, then its length modulo 2^32; both little-endian.
constexpr size_t kGzipTrailerLength = 8;

constexpr uint8_t kGzipText = 0x01;
constexpr uint8_t kGzipHeaderCrc = 0x02;
constexpr uint8_t kGzipExtra = 0x04;
constexpr uint8_t kGzipName = 0x08;
constexpr uint8_t kGzipComment = 0x10;
/// With an unknown flag the end of the header is unknown.
constexpr uint8_t kGzipReservedFlags = 0xE0;

constexpr uint8_t kGzipUnknownOs = 0xFF;

/// Feed it the bytes of a member while its state is Reading. Once it is Complete, the next byte is
/// the first of the deflate stream.
class GzipHeaderReader {
 public:
  enum class State : uint8_t {
    Reading,
    Complete,
    NotGzip,        ///< the first two bytes differ
    UnknownMethod,  ///< not deflate
    ReservedFlags,  ///< a flag that RFC 1952 does not define
  };

  /// Reads one byte. Has no effect unless the state is Reading.
  State feed(uint8_t byte) {
    if (state_ == State::Reading) {
      const size_t at = length_++;
      if (at < kGzipFixedHeaderLength) {
        fixed_field(at, byte);
      } else {
        optional_field(byte);
      }
    }
    return state_;
  }

  State state() const { return state_; }
  /// Bytes read so far; the length of the header once it is Complete.
  size_t length() const { return length_; }

  uint8_t flags() const { return flags_; }
  /// Seconds since 1970, or 0 for none.
  uint32_t modification_time() const { return time_; }
  uint8_t extra_flags() const { return extra_flags_; }
  uint8_t operating_system() const { return operating_system_; }
  /// Offset and length of the file name in the header, without its NUL; both 0 without a name.
  size_t name_offset() const { return name_offset_; }
  size_t name_length() const { return name_length_; }
  /// The last two bytes of a header with kGzipHeaderCrc: the low half of the CRC-32 of all header
  /// bytes before them. Not verified here.
  uint16_t stored_header_crc() const { return header_crc_; }

 private:
  enum class Field : uint8_t { ExtraLength, Extra, Name, Comment, HeaderCrc, None };

  void fixed_field(size_t at, uint8_t byte) {
    switch (at) {
      case 0:
        refuse_unless(byte == kGzipMagic1, State::NotGzip);
        break;
      case 1:
        refuse_unless(byte == kGzipMagic2, State::NotGzip);
        break;
      case 2:
        refuse_unless(byte == kGzipMethodDeflate, State::UnknownMethod);
        break;
      case 3:
        flags_ = byte;
        refuse_unless((byte & kGzipReservedFlags) == 0, State::ReservedFlags);
        break;
      case 8:
        extra_flags_ = byte;
        break;
      case 9:
        operating_system_ = byte;
        begin_next(Field::ExtraLength);
        break;
      default:
        time_ |= static_cast<uint32_t>(byte) << (8 * (at - 4));
        break;
    }
  }

  void refuse_unless(bool good, State reason) {
    if (!good) {
      state_ = reason;
    }
  }

  void optional_field(uint8_t byte) {
    switch (field_) {
      case Field::ExtraLength:
        left_ |= static_cast<uint32_t>(byte) << (8 * taken_);
        if (++taken_ == 2) {
          begin_next(left_ > 0 ? Field::Extra : Field::Name);
        }
        break;
      case Field::Extra:
        if (--left_ == 0) {
          begin_next(Field::Name);
        }
        break;
      case Field::Name:
        if (byte == 0) {
          name_length_ = length_ - 1 - name_offset_;
          begin_next(Field::Comment);
        }
        break;
      case Field::Comment:
        if (byte == 0) {
          begin_next(Field::HeaderCrc);
        }
        break;
      case Field::HeaderCrc:
        header_crc_ = static_cast<uint16_t>(header_crc_ | (byte << (8 * taken_)));
        if (++taken_ == 2) {
          begin_next(Field::None);
        }
        break;
      case Field::None:
        break;
    }
  }

  /// Moves to the first field from `candidate` on that the flags announce.
  void begin_next(Field candidate) {
    taken_ = 0;
    if (candidate == Field::ExtraLength && (flags_ & kGzipExtra) == 0) {
      candidate = Field::Name;
    }
    if (candidate == Field::Name && (flags_ & kGzipName) == 0) {
      candidate = Field::Comment;
    } else if (candidate == Field::Name) {
      name_offset_ = length_;
    }
    if (candidate == Field::Comment && (flags_ & kGzipComment) == 0) {
      candidate = Field::HeaderCrc;
    }
    if (candidate == Field::HeaderCrc && (flags_ & kGzipHeaderCrc) == 0) {
      candidate = Field::None;
    }
    field_ = candidate;
    if (field_ == Field::None) {
      state_ = State::Complete;
    }
  }

  size_t length_ = 0;
  size_t name_offset_ = 0;
  size_t name_length_ = 0;
  uint32_t time_ = 0;
  uint32_t left_ = 0;
  uint16_t header_crc_ = 0;
  uint8_t taken_ = 0;
  uint8_t flags_ = 0;
  uint8_t extra_flags_ = 0;
  uint8_t operating_system_ = 0;
  Field field_ = Field::None;
  State state_ = State::Reading;
};

}  // namespace otatool::wire
