#include "firmware/core/package/inflate.hpp"

#include "otatool/wire/crc32.hpp"

namespace otatool::firmware {
namespace {

constexpr unsigned kLongestCode = 15;
constexpr unsigned kEndOfBlock = 256;
// Higher symbols have no meaning (RFC 1951 3.2.5), although the fixed codes include them.
constexpr unsigned kLiteralCodes = 286;
constexpr unsigned kDistanceCodes = 30;

void fill(uint8_t* bytes, uint8_t value, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    bytes[i] = value;
  }
}

}  // namespace

InflateResult Inflater::run(InflateSource& source, InflateSink* sink, uint32_t limit) {
  source_ = &source;
  sink_ = sink;
  result_ = InflateResult::Ok;
  limit_ = limit;
  size_ = 0;
  crc_ = 0;
  input_at_ = 0;
  input_count_ = 0;
  bits_ = 0;
  bit_count_ = 0;
  literals_.symbols = literal_symbols_;
  distances_.symbols = distance_symbols_;
  skip_header();
  while (result_ == InflateResult::Ok && !block()) {
  }
  flush(size_ % kRunBytes);
  check_trailer();
  return result_;
}

// The first failure is kept; after it, input reads as zeros and nothing is written.
void Inflater::refuse(InflateResult result) {
  if (result_ == InflateResult::Ok) {
    result_ = result;
  }
}

bool Inflater::at_end() {
  if (input_at_ < input_count_) {
    return false;
  }
  input_at_ = 0;
  input_count_ = 0;
  if (!source_->read(input_, sizeof input_, input_count_) || input_count_ > sizeof input_) {
    input_count_ = 0;
    refuse(InflateResult::SourceFailed);
  }
  return input_count_ == 0;
}

uint8_t Inflater::next_byte() {
  if (result_ == InflateResult::Ok && at_end()) {
    refuse(InflateResult::Truncated);
  }
  return result_ == InflateResult::Ok ? input_[input_at_++] : uint8_t{0};
}

// At most 16 bits, the lowest first. Reads no byte before it is needed.
uint32_t Inflater::take_bits(unsigned count) {
  while (bit_count_ < count) {
    bits_ |= static_cast<uint32_t>(next_byte()) << bit_count_;
    bit_count_ += 8;
  }
  const uint32_t value = bits_ & ((1U << count) - 1U);
  bits_ >>= count;
  bit_count_ -= count;
  return value;
}

uint32_t Inflater::take_word() {
  const uint32_t low = take_bits(16);
  return low | take_bits(16) << 16U;
}

// RFC 1952 2.3.
void Inflater::skip_header() {
  enum : uint32_t { HeaderCrc = 2, Extra = 4, Name = 8, Comment = 16, Reserved = 0xE0 };
  if (take_bits(16) != 0x8B1F) {
    refuse(InflateResult::NotGzip);
  }
  if (take_bits(8) != 8) {
    refuse(InflateResult::UnknownMethod);
  }
  const uint32_t flags = take_bits(8);
  if ((flags & Reserved) != 0) {
    refuse(InflateResult::ReservedFlags);
  }
  skip(6);
  if ((flags & Extra) != 0) {
    skip(take_bits(16));
  }
  for (uint32_t text = flags & (Name | Comment); text != 0; text &= text - 1) {
    while (next_byte() != 0) {
    }
  }
  if ((flags & HeaderCrc) != 0) {
    skip(2);
  }
}

void Inflater::skip(uint32_t count) {
  for (; count > 0 && result_ == InflateResult::Ok; --count) {
    next_byte();
  }
}

// Returns true after the last block.
bool Inflater::block() {
  const uint32_t header = take_bits(3);
  switch (header >> 1U) {
    case 0:
      stored_block();
      break;
    case 1:
      make_fixed_codes();
      coded_bytes();
      break;
    case 2:
      read_codes();
      coded_bytes();
      break;
    default:
      refuse(InflateResult::BadBlock);
  }
  return (header & 1U) != 0;
}

void Inflater::stored_block() {
  bits_ = 0;
  bit_count_ = 0;
  const uint32_t lengths = take_word();
  uint32_t left = lengths & 0xFFFFU;
  if ((left ^ (lengths >> 16U)) != 0xFFFFU) {
    refuse(InflateResult::BadBlock);
  }
  for (; left > 0 && result_ == InflateResult::Ok; --left) {
    put(next_byte());
  }
}

// RFC 1951 3.2.6. Both codes are complete only with the symbols that have no meaning.
void Inflater::make_fixed_codes() {
  fill(lengths_, 8, 288);
  fill(lengths_ + 144, 9, 256 - 144);
  fill(lengths_ + 256, 7, 280 - 256);
  make_code(literals_, lengths_, 288, true);
  fill(lengths_, 5, 32);
  make_code(distances_, lengths_, 32, true);
}

// RFC 1951 3.2.7.
void Inflater::read_codes() {
  static const uint8_t kOrder[19] = {
      16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const unsigned literals = 257 + take_bits(5);
  const unsigned distances = 1 + take_bits(5);
  const unsigned length_codes = 4 + take_bits(4);
  if (literals > kLiteralCodes || distances > kDistanceCodes) {
    refuse(InflateResult::BadCodes);
    return;
  }
  fill(lengths_, 0, sizeof kOrder);
  for (unsigned i = 0; i < length_codes; ++i) {
    lengths_[kOrder[i]] = static_cast<uint8_t>(take_bits(3));
  }
  // The memory of the distance code holds the code of the lengths first.
  make_code(distances_, lengths_, sizeof kOrder, true);
  read_lengths(literals + distances);
  if (result_ != InflateResult::Ok || lengths_[kEndOfBlock] == 0) {
    refuse(InflateResult::BadCodes);
    return;
  }
  make_code(literals_, lengths_, literals, false);
  make_code(distances_, lengths_ + literals, distances, false);
}

void Inflater::read_lengths(unsigned count) {
  unsigned done = 0;
  while (done < count && result_ == InflateResult::Ok) {
    const unsigned symbol = decode(distances_);
    uint8_t length = 0;
    unsigned times = 1;
    if (symbol < 16) {
      length = static_cast<uint8_t>(symbol);
    } else if (symbol == 16) {
      times = 3 + take_bits(2);
      if (done == 0) {
        refuse(InflateResult::BadCodes);
        return;
      }
      length = lengths_[done - 1];
    } else {
      times = symbol == 17 ? 3 + take_bits(3) : 11 + take_bits(7);
    }
    if (times > count - done) {
      refuse(InflateResult::BadCodes);
      return;
    }
    fill(lengths_ + done, length, times);
    done += times;
  }
}

// Fills the code from the lengths of its symbols; 0 for a symbol that does not occur. As in zlib,
// an incomplete code is refused. Exception without `complete`: a code with no symbol, or with one
// symbol of one bit, as compressors write for a block with none or one distance.
void Inflater::make_code(Code& code, const uint8_t* lengths, unsigned symbols, bool complete) {
  for (uint16_t& count : code.count) {
    count = 0;
  }
  for (unsigned symbol = 0; symbol < symbols; ++symbol) {
    ++code.count[lengths[symbol]];
  }
  const unsigned used = symbols - code.count[0];
  code.count[0] = 0;
  // Unused codes of the current length.
  int free = 1;
  unsigned before = 0;
  unsigned next[kLongestCode + 1];
  for (unsigned length = 1; length <= kLongestCode; ++length) {
    next[length] = before;
    before += code.count[length];
    free = 2 * free - code.count[length];
    if (free < 0) {
      refuse(InflateResult::BadCodes);
      return;
    }
  }
  if (free != 0 && (complete || used > 1 || used != code.count[1])) {
    refuse(InflateResult::BadCodes);
  }
  for (unsigned symbol = 0; symbol < symbols; ++symbol) {
    if (lengths[symbol] != 0) {
      code.symbols[next[lengths[symbol]]++] = static_cast<uint16_t>(symbol);
    }
  }
}

void Inflater::coded_bytes() {
  while (result_ == InflateResult::Ok) {
    const unsigned symbol = decode(literals_);
    if (symbol == kEndOfBlock) {
      return;
    }
    if (symbol < kEndOfBlock) {
      put(static_cast<uint8_t>(symbol));
    } else {
      copy(symbol);
    }
  }
}

// The codes of one length are consecutive numbers: `beyond` is the distance of the bits read so far
// from the first code of their length.
unsigned Inflater::decode(const Code& code) {
  uint32_t bits = bits_;
  unsigned available = bit_count_;
  uint32_t beyond = 0;
  const uint16_t* symbols = code.symbols;
  for (unsigned length = 1; length <= kLongestCode; ++length) {
    if (available == 0) {
      bits = next_byte();
      available = 8;
    }
    beyond = 2 * beyond + (bits & 1U);
    bits >>= 1U;
    --available;
    const unsigned count = code.count[length];
    if (beyond < count) {
      bits_ = bits;
      bit_count_ = available;
      return symbols[beyond];
    }
    beyond -= count;
    symbols += count;
  }
  refuse(InflateResult::BadSymbol);
  return 0;
}

// The two tables of RFC 1951 3.2.5 as formulas: after the first eight lengths and four distances,
// four lengths or two distances at a time have the same number of extra bits.
void Inflater::copy(unsigned length_symbol) {
  uint32_t length = length_symbol - 257;
  if (length == 28) {
    length = 255;
  } else if (length >= 8) {
    const unsigned bits = length / 4 - 1;
    length = ((4 + length % 4) << bits) + take_bits(bits);
  }
  const unsigned distance_symbol = decode(distances_);
  uint32_t distance = distance_symbol;
  if (distance >= 4) {
    const unsigned bits = distance / 2 - 1;
    distance = ((2 + distance % 2) << bits) + take_bits(bits);
  }
  if (length_symbol >= kLiteralCodes || distance_symbol >= kDistanceCodes) {
    refuse(InflateResult::BadSymbol);
  }
  if (distance >= size_ || distance > window_mask_) {
    refuse(InflateResult::DistanceTooFar);
  }
  for (length += 3; length > 0 && result_ == InflateResult::Ok; --length) {
    put(window_[(size_ - 1 - distance) & window_mask_]);
  }
}

void Inflater::put(uint8_t byte) {
  if (size_ == limit_) {
    refuse(InflateResult::TooLarge);
  }
  if (result_ != InflateResult::Ok) {
    return;
  }
  window_[size_ & window_mask_] = byte;
  ++size_;
  if (size_ % kRunBytes == 0) {
    flush(kRunBytes);
  }
}

void Inflater::flush(size_t count) {
  if (count == 0 || result_ != InflateResult::Ok) {
    return;
  }
  const uint8_t* const bytes = window_ + ((size_ - count) & window_mask_);
  crc_ = wire::crc32(crc_, bytes, count);
  if (sink_ != nullptr && !sink_->write(bytes, count)) {
    refuse(InflateResult::SinkFailed);
  }
}

void Inflater::check_trailer() {
  bit_count_ = 0;
  bits_ = 0;
  if (take_word() != crc_) {
    refuse(InflateResult::CrcMismatch);
  }
  if (take_word() != size_) {
    refuse(InflateResult::SizeMismatch);
  }
  if (result_ != InflateResult::Ok || at_end()) {
    return;
  }
  const bool member = next_byte() == 0x1F && !at_end() && next_byte() == 0x8B;
  refuse(member ? InflateResult::SecondMember : InflateResult::TrailingBytes);
}

}  // namespace otatool::firmware
