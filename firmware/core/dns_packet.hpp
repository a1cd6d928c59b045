// Reading and writing DNS messages, as far as an announcer needs it. No IO, no heap; reading stays
// inside the datagram and ends, whatever the datagram says. Spec: RFC 1035 section 4, RFC 6762.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace otatool::firmware {

enum class DnsType : uint16_t { A = 1, Ptr = 12, Txt = 16, Aaaa = 28, Srv = 33, Any = 255 };
constexpr uint16_t kDnsInternet = 1;
constexpr uint16_t kDnsAnyClass = 255;
/// The top bit of a class: a question that wants a unicast answer, a record that replaces others.
constexpr uint16_t kDnsClassFlag = 0x8000;

struct DnsLabel {
  const char* text;
  size_t length;  ///< 1 to 63
};

/// A name of at most four labels in the caller's memory.
struct DnsName {
  static constexpr size_t kMaxLabels = 4;
  DnsLabel labels[kMaxLabels];
  size_t count;
};

/// A record as it stands in a datagram: positions there.
struct DnsRecord {
  size_t name_at;
  size_t data_at;
  uint16_t type;
  uint16_t record_class;
  uint32_t ttl;
  uint16_t length;

  uint16_t plain_class() const { return static_cast<uint16_t>(record_class & ~kDnsClassFlag); }
};

/// A reading position in a datagram. Every step returns false when it would leave the datagram or
/// meets something that DNS does not have.
class DnsReader {
 public:
  DnsReader(const uint8_t* bytes, size_t length) : bytes_(bytes), length_(length) {}

  size_t at() const { return at_; }
  bool number(uint16_t& value);
  bool number(uint32_t& value);
  bool skip(size_t count);
  bool skip_name();
  bool record(DnsRecord& out);
  /// Whether the name at `at` is `name`; letters A to Z have no case. A compression pointer must
  /// point before the name or the pointed-to part that it stands in, so that no loop is possible.
  bool name_is(size_t at, const DnsName& name) const;
  /// Whether these bytes stand at `at`.
  bool bytes_are(size_t at, const uint8_t* bytes, size_t count) const;
  /// As many of the `count` bytes at `at` as there are; returns how many.
  size_t copy(size_t at, size_t count, uint8_t* out) const;
  /// The labels of a name with their lengths and the empty one at the end, not compressed; as many
  /// as there are and fit. Returns how many bytes that makes.
  size_t copy_name(size_t at, uint8_t* out, size_t capacity) const;

 private:
  bool label(size_t& at, size_t& limit, DnsLabel& out) const;

  const uint8_t* bytes_;
  size_t length_;
  size_t at_ = 0;
};

/// Writes a message record by record. A record that does not fit leaves no trace.
class DnsWriter {
 public:
  DnsWriter(uint8_t* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {}

  void number(uint16_t value);
  void number(uint32_t value);
  void bytes(const void* bytes, size_t length);
  /// `compress`: an ending that was written before becomes a pointer to it.
  void name(const DnsName& name, bool compress);

  size_t length() const { return at_; }
  bool overflowed() const { return overflowed_; }
  /// The length of what was written since `start`, into the two bytes before it.
  void patch_length(size_t start);
  void put(size_t at, uint16_t value);
  /// Forgets everything from `at` on, and the overflow.
  void rewind(size_t at);

 private:
  /// An ending of a name: the labels from `first` on, written at `offset`.
  struct Ending {
    DnsName name;
    size_t first;
    size_t offset;
  };
  static constexpr size_t kMaxEndings = 8;

  const Ending* find(const DnsName& name, size_t first) const;

  uint8_t* buffer_;
  size_t capacity_;
  size_t at_ = 0;
  bool overflowed_ = false;
  Ending endings_[kMaxEndings] = {};
  size_t ending_count_ = 0;
};

}  // namespace otatool::firmware
