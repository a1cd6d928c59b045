// Reads and writes DNS messages, to the extent an mDNS responder needs. No IO, no heap. Reading a
// hostile datagram never leaves it and always terminates. Spec: RFC 1035 section 4, RFC 6762.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace otatool::firmware {

enum class DnsType : uint16_t { A = 1, Ptr = 12, Txt = 16, Aaaa = 28, Srv = 33, Any = 255 };
constexpr uint16_t kDnsInternet = 1;
constexpr uint16_t kDnsAnyClass = 255;
/// Top bit of a class. In a question: a unicast answer is wanted. In a record: it replaces others.
constexpr uint16_t kDnsClassFlag = 0x8000;

struct DnsLabel {
  const char* text;
  size_t length;  ///< 1 to 63
};

/// A name of at most four labels; their text belongs to the caller.
struct DnsName {
  static constexpr size_t kMaxLabels = 4;
  DnsLabel labels[kMaxLabels];
  size_t count;
};

/// The head of a record in a datagram; name_at and data_at are offsets in the datagram.
struct DnsRecord {
  size_t name_at;
  size_t data_at;
  uint16_t type;
  uint16_t record_class;
  uint32_t ttl;
  uint16_t length;

  uint16_t plain_class() const { return static_cast<uint16_t>(record_class & ~kDnsClassFlag); }
};

/// A reading position in a datagram. A step returns false if it would leave the datagram or meets
/// an invalid name.
class DnsReader {
 public:
  DnsReader(const uint8_t* bytes, size_t length) : bytes_(bytes), length_(length) {}

  size_t at() const { return at_; }
  bool number(uint16_t& value);
  bool number(uint32_t& value);
  bool skip(size_t count);
  bool skip_name();
  bool record(DnsRecord& out);
  /// True if the name at `at` equals `name`, ignoring the case of A to Z. A compression pointer
  /// must point before the start of the name or of the part that contains it, so loops are
  /// impossible.
  bool name_is(size_t at, const DnsName& name) const;
  /// True if the datagram has these bytes at `at`.
  bool bytes_are(size_t at, const uint8_t* bytes, size_t count) const;
  /// Copies at most `count` bytes from `at`, fewer at the end of the datagram. Returns the number.
  size_t copy(size_t at, size_t count, uint8_t* out) const;
  /// Copies the labels of a name, uncompressed, with their lengths and the final zero; stops at an
  /// invalid label and at one that does not fit. Returns the number of bytes.
  size_t copy_name(size_t at, uint8_t* out, size_t capacity) const;

 private:
  bool label(size_t& at, size_t& limit, DnsLabel& out) const;

  const uint8_t* bytes_;
  size_t length_;
  size_t at_ = 0;
};

/// Writes a message into the caller's buffer. After an overflow, rewind() removes the record that
/// did not fit.
class DnsWriter {
 public:
  DnsWriter(uint8_t* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {}

  void number(uint16_t value);
  void number(uint32_t value);
  void bytes(const void* bytes, size_t length);
  /// `compress`: writes a pointer for a suffix that was written before.
  void name(const DnsName& name, bool compress);

  size_t length() const { return at_; }
  bool overflowed() const { return overflowed_; }
  /// Writes the number of bytes since `start` into the two bytes before it.
  void patch_length(size_t start);
  void put(size_t at, uint16_t value);
  /// Removes everything from `at` on and clears the overflow.
  void rewind(size_t at);

 private:
  /// A name without its labels before `first`, written at `offset`.
  struct Suffix {
    DnsName name;
    size_t first;
    size_t offset;
  };
  static constexpr size_t kMaxSuffixes = 8;

  const Suffix* find(const DnsName& name, size_t first) const;

  uint8_t* buffer_;
  size_t capacity_;
  size_t at_ = 0;
  bool overflowed_ = false;
  Suffix suffixes_[kMaxSuffixes] = {};
  size_t suffix_count_ = 0;
};

}  // namespace otatool::firmware
