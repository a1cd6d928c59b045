// Unpacks a gzip package (RFC 1951, 1952) of a single member, as eboot and this project's loader
// take it, and verifies CRC-32 and size. Memory is the caller's; no heap, no flash access of its
// own. To be sure of a package before the first write, run it without a sink first.
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
  BadBlock,        ///< block type 3, or a stored length that its complement denies
  BadCodes,        ///< code lengths that make no prefix code, or no end of block
  BadSymbol,       ///< bits that no code stands for, or a symbol without meaning
  DistanceTooFar,  ///< refers to before the first byte
  CrcMismatch,     ///< unpacked, but to other bytes than were packed
  SizeMismatch,    ///< unpacked to another size than the trailer says
  TooLarge,        ///< unpacks to more than the limit
  SecondMember,    ///< another gzip member follows
  TrailingBytes,   ///< something else follows: it would be taken for the size (spec page 2.3)
  SourceFailed,    ///< the package could not be read
  SinkFailed,      ///< an unpacked run was not taken
};

/// Where the package comes from, in order and in pieces of any size.
class InflateSource {
 public:
  /// Puts the next bytes, at least one and at most `capacity`, at `bytes` and their number into
  /// `count`; 0 at the end of the package. False when reading failed. `bytes` is aligned to 4 and
  /// `capacity` a multiple of it, for sources that lie in flash.
  virtual bool read(uint8_t* bytes, size_t capacity, size_t& count) = 0;

 protected:
  ~InflateSource() = default;
};

/// Where the unpacked bytes go.
class InflateSink {
 public:
  /// Takes the next run: kRunBytes, less only for the last one. False ends the unpacking. Of the
  /// package, everything that this run needed has been read from the source, and at most
  /// kInputBytes more.
  virtual bool write(const uint8_t* bytes, size_t count) = 0;

 protected:
  ~InflateSink() = default;
};

/// Unpacks one package at a time; about 1.3 KiB besides the window.
class Inflater {
 public:
  static constexpr size_t kWindowBytes = 32768;
  static constexpr size_t kRunBytes = 4096;  ///< divides kWindowBytes
  static constexpr size_t kInputBytes = 128;

  /// `window`: kWindowBytes, which hold no meaning before and after run().
  explicit Inflater(uint8_t* window) : window_(window) {}

  /// Unpacks all of the source. `sink` may be null: then the package is only verified. Without a
  /// sink failure, runs have been written already when the package turns out bad. `limit`: the
  /// largest unpacked size that is accepted.
  InflateResult run(InflateSource& source, InflateSink* sink, uint32_t limit);

  /// Bytes unpacked by the last run.
  uint32_t size() const { return size_; }

 private:
  // A canonical code: how many symbols have each length, and the symbols by length, then by value.
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
  InflateSource* source_ = nullptr;
  InflateSink* sink_ = nullptr;
  InflateResult result_ = InflateResult::Ok;
  uint32_t limit_ = 0;
  uint32_t size_ = 0;
  uint32_t crc_ = 0;
  size_t input_at_ = 0;
  size_t input_count_ = 0;
  // Bits taken from the source and not used yet, lowest first; fewer than 8 between two calls.
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
