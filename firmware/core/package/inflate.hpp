// Unpacks a gzip package of one member (RFC 1951, 1952), the form that eboot and this project's
// loader accept, and verifies CRC-32 and size. No heap, no flash access; the memory belongs to the
// caller. To verify a package before the first write, run it once without a sink.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::firmware {

enum class InflateResult : uint8_t {
  Ok,
  NotGzip,         ///< does not begin with 1F 8B
  UnknownMethod,   ///< not deflate
  ReservedFlags,   ///< a header flag that RFC 1952 reserves
  Truncated,       ///< ends before its trailer does
  BadBlock,        ///< block type 3, or a stored length that differs from its complement
  BadCodes,        ///< code lengths that form no prefix code, or no end-of-block code
  BadSymbol,       ///< bits without a code, or a symbol without a meaning
  DistanceTooFar,  ///< a reference to before the first byte, or beyond the window
  CrcMismatch,     ///< the unpacked bytes have another CRC-32 than the trailer
  SizeMismatch,    ///< the unpacked size differs from the trailer
  TooLarge,        ///< unpacks to more than the limit
  SecondMember,    ///< another gzip member follows
  TrailingBytes,   ///< other bytes follow; eboot reads them as size (signing-gzip-images.md 2.3)
  SourceFailed,    ///< the source could not be read
  SinkFailed,      ///< the sink returned false
};

/// Supplies the package in order, in pieces of any size.
class InflateSource {
 public:
  /// Writes the next bytes, at least one and at most `capacity`, to `bytes` and their number to
  /// `count`; 0 at the end of the package. False if reading failed. `bytes` is aligned to 4 and
  /// `capacity` is a multiple of 4, for sources in flash.
  virtual bool read(uint8_t* bytes, size_t capacity, size_t& count) = 0;

 protected:
  ~InflateSource() = default;
};

class InflateSink {
 public:
  /// Receives the next run: kRunBytes, fewer only in the last one. False ends the unpacking. At
  /// this point at most kInputBytes more than this run needed have been read from the source.
  virtual bool write(const uint8_t* bytes, size_t count) = 0;

 protected:
  ~InflateSink() = default;
};

/// Unpacks one package at a time; needs about 1.3 KiB and the window.
class Inflater {
 public:
  static constexpr size_t kWindowBytes = 32768;
  static constexpr size_t kRunBytes = 4096;  ///< divides every window
  static constexpr size_t kInputBytes = 128;

  /// `window`: `window_bytes` of scratch memory, a power of two from kRunBytes to kWindowBytes.
  /// References beyond it are DistanceTooFar: only kWindowBytes are enough for every package.
  explicit Inflater(uint8_t* window, uint32_t window_bytes = kWindowBytes)
      : window_(window), window_mask_(window_bytes - 1) {}

  /// Unpacks the whole source, or only verifies it if `sink` is null. The sink has already received
  /// some runs when a later part turns out to be damaged. `limit`: largest unpacked size accepted.
  InflateResult run(InflateSource& source, InflateSink* sink, uint32_t limit);

  /// Bytes unpacked by the last run().
  uint32_t size() const { return size_; }

 private:
  // A canonical code: the number of symbols of each length; the symbols by length, then by value.
  struct Code {
    uint16_t count[16];
    uint16_t* symbols;
  };

  void refuse(InflateResult result);
  bool at_end();
  uint8_t next_byte();
  uint32_t take_bits(unsigned count);
  uint32_t take_word();
  void skip_header();
  void skip(uint32_t count);
  bool block();
  void stored_block();
  void make_fixed_codes();
  void read_codes();
  void read_lengths(unsigned count);
  void make_code(Code& code, const uint8_t* lengths, unsigned symbols, bool complete);
  void coded_bytes();
  unsigned decode(const Code& code);
  void copy(unsigned length_symbol);
  void put(uint8_t byte);
  void flush(size_t count);
  void check_trailer();

  uint8_t* window_;
  uint32_t window_mask_;
  InflateSource* source_ = nullptr;
  InflateSink* sink_ = nullptr;
  InflateResult result_ = InflateResult::Ok;
  uint32_t limit_ = 0;
  uint32_t size_ = 0;
  uint32_t crc_ = 0;
  size_t input_at_ = 0;
  size_t input_count_ = 0;
  // Bits read from the source and not used yet, lowest first; fewer than 8 between two calls.
  uint32_t bits_ = 0;
  unsigned bit_count_ = 0;
  Code literals_{};
  Code distances_{};
  uint16_t literal_symbols_[288];
  uint16_t distance_symbols_[32];
  uint8_t lengths_[288 + 32];
  alignas(4) uint8_t input_[kInputBytes];
};

}  // namespace otatool::firmware
