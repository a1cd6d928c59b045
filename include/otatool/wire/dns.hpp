// DNS messages as bytes: the reader and the writer of the device's announcer and of the host's
// querier. No heap. Reading a hostile datagram never leaves it and always terminates.
// Spec: RFC 1035 section 4, RFC 6762 section 18.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "otatool/wire/ascii.hpp"

namespace otatool::wire {

enum class DnsType : uint16_t {
  A = 1,
  Ptr = 12,
  Txt = 16,
  Aaaa = 28,
  Srv = 33,
  Nsec = 47,
  Any = 255
};
constexpr uint16_t kDnsInternet = 1;
constexpr uint16_t kDnsAnyClass = 255;
/// Top bit of a class. In a question: a unicast answer is wanted. In a record: it replaces others.
constexpr uint16_t kDnsClassFlag = 0x8000;
constexpr uint16_t kDnsResponse = 0x8000;
constexpr uint16_t kDnsOpcode = 0x7800;
constexpr uint16_t kDnsAuthoritative = 0x0400;
constexpr uint16_t kDnsTruncated = 0x0200;
constexpr size_t kDnsHeaderSize = 12;
constexpr size_t kDnsCountsAt = 4;       ///< offset of the four counts in the header
constexpr size_t kLargestDnsName = 255;  ///< bytes in a message, with the root label

struct DnsHeader {
  uint16_t id;
  uint16_t flags;
  uint16_t questions;
  uint16_t answers;
  uint16_t authorities;
  uint16_t additionals;
};

struct DnsLabel {
  const char* text;
  size_t length;  ///< 1 to 63; 0 for the root
};

constexpr uint8_t kMostDnsPointers = 16;  ///< in one name

/// A reading position in the name at `name_at`.
struct DnsPlace {
  explicit DnsPlace(size_t name_at) : at(name_at), limit(name_at) {}

  size_t at;
  size_t limit;          ///< a pointer must point before it
  uint8_t pointers = 0;  ///< followed so far
};

/// The head of a record in a datagram; name_at and data_at are offsets in the datagram.
struct DnsRecord {
  size_t name_at;
  size_t data_at;
  uint16_t type;
  uint16_t record_class;
  uint32_t ttl;  ///< seconds
  uint16_t length;

  uint16_t plain_class() const { return static_cast<uint16_t>(record_class & ~kDnsClassFlag); }
};

namespace detail {

constexpr uint8_t kDnsPointerBits = 0xC0;

inline bool same_label(const DnsLabel& one, const DnsLabel& other) {
  if (one.length != other.length) {
    return false;
  }
  for (size_t i = 0; i < one.length; ++i) {
    if (lower_case(one.text[i]) != lower_case(other.text[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace detail

/// A reading position in a datagram. A step returns false if it would leave the datagram or meets
/// an invalid name.
class DnsReader {
 public:
  DnsReader(const uint8_t* bytes, size_t length) : bytes_(bytes), length_(length) {}

  size_t at() const { return at_; }

  bool number(uint16_t& value) {
    if (length_ - at_ < 2) {
      return false;
    }
    value = static_cast<uint16_t>(bytes_[at_] << 8 | bytes_[at_ + 1]);
    at_ += 2;
    return true;
  }
  bool number(uint32_t& value) {
    uint16_t high = 0;
    uint16_t low = 0;
    if (length_ - at_ < 4 || !number(high) || !number(low)) {
      return false;
    }
    value = static_cast<uint32_t>(high) << 16 | low;
    return true;
  }
  bool skip(size_t count) {
    if (length_ - at_ < count) {
      return false;
    }
    at_ += count;
    return true;
  }
  bool header(DnsHeader& out) {
    return number(out.id) && number(out.flags) && number(out.questions) && number(out.answers) &&
           number(out.authorities) && number(out.additionals);
  }
  /// Does not follow pointers.
  bool skip_name() {
    const size_t start = at_;
    while (at_ < length_) {
      const uint8_t size = bytes_[at_];
      if ((size & detail::kDnsPointerBits) == detail::kDnsPointerBits) {
        return skip(2);
      }
      if ((size & detail::kDnsPointerBits) != 0 || !skip(size_t{1} + size) ||
          at_ - start > kLargestDnsName) {
        return false;
      }
      if (size == 0) {
        return true;
      }
    }
    return false;
  }
  bool record(DnsRecord& out) {
    out.name_at = at_;
    const bool valid = skip_name() && number(out.type) && number(out.record_class) &&
                       number(out.ttl) && number(out.length);
    out.data_at = at_;
    return valid && skip(out.length);
  }

  /// Reads the label at `place`, the root label at the end of a name, and moves `place` to the next
  /// one. A compression pointer must point before the part that holds it, so loops are impossible.
  /// A name has at most kMostDnsPointers of them, so that long chains of pointers cost no time.
  bool label(DnsPlace& place, DnsLabel& out) const {
    size_t& at = place.at;
    while (at < length_ && (bytes_[at] & detail::kDnsPointerBits) == detail::kDnsPointerBits) {
      if (length_ - at < 2 || place.pointers == kMostDnsPointers) {
        return false;
      }
      const size_t target =
          static_cast<size_t>((bytes_[at] & ~detail::kDnsPointerBits) << 8 | bytes_[at + 1]);
      if (target >= place.limit) {
        return false;
      }
      ++place.pointers;
      place.limit = target;
      at = target;
    }
    if (at >= length_ || (bytes_[at] & detail::kDnsPointerBits) != 0 ||
        bytes_[at] > length_ - at - 1) {
      return false;
    }
    out = {reinterpret_cast<const char*>(bytes_ + at + 1), bytes_[at]};
    at += 1 + out.length;
    return true;
  }
  /// True if the name at `at` has these labels, ignoring the case of A to Z.
  bool name_is(size_t at, const DnsLabel* labels, size_t count) const {
    DnsPlace place(at);
    DnsLabel found{};
    for (size_t i = 0; i < count; ++i) {
      if (!label(place, found) || !detail::same_label(found, labels[i])) {
        return false;
      }
    }
    return label(place, found) && found.length == 0;
  }
  /// True if the datagram has these bytes at `at`.
  bool bytes_are(size_t at, const uint8_t* bytes, size_t count) const {
    return at <= length_ && count <= length_ - at && memcmp(bytes_ + at, bytes, count) == 0;
  }
  /// Copies at most `count` bytes from `at`, fewer at the end of the datagram. Returns the number.
  size_t copy(size_t at, size_t count, uint8_t* out) const {
    const size_t there = at < length_ ? length_ - at : 0;
    const size_t taken = count < there ? count : there;
    memcpy(out, bytes_ + at, taken);
    return taken;
  }
  /// Copies the labels of a name, uncompressed, with their lengths and the final zero; stops at an
  /// invalid label and at one that does not fit. Returns the number of bytes.
  size_t copy_name(size_t at, uint8_t* out, size_t capacity) const {
    DnsPlace place(at);
    size_t length = 0;
    DnsLabel found{};
    do {
      if (!label(place, found) || capacity - length < found.length + 1) {
        return length;
      }
      out[length++] = static_cast<uint8_t>(found.length);
      memcpy(out + length, found.text, found.length);
      length += found.length;
    } while (found.length > 0);
    return length;
  }

 private:
  const uint8_t* bytes_;
  size_t length_;
  size_t at_ = 0;
};

/// Writes a message into the caller's buffer; its first name must not be at offset 0. Remembers
/// `MaxSuffixes` places for compression. After an overflow, rewind() removes what did not fit.
template <size_t MaxSuffixes>
class DnsWriter {
 public:
  DnsWriter(uint8_t* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {}

  void number(uint16_t value) {
    const uint8_t both[] = {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
    bytes(both, sizeof(both));
  }
  void number(uint32_t value) {
    number(static_cast<uint16_t>(value >> 16));
    number(static_cast<uint16_t>(value));
  }
  void bytes(const void* bytes, size_t length) {
    if (overflowed_ || length > capacity_ - at_) {
      overflowed_ = true;
      return;
    }
    memcpy(buffer_ + at_, bytes, length);
    at_ += length;
  }
  /// `compress`: writes a pointer for a suffix that was written before.
  void name(const DnsLabel* labels, size_t count, bool compress) {
    for (; count > 0; ++labels, --count) {
      const uint16_t known = find(labels, count);
      if (known != 0 && compress) {
        number(static_cast<uint16_t>(kFirstPointer | known));
        return;
      }
      if (known == 0 && suffix_count_ < MaxSuffixes && at_ < kPointerLimit) {
        suffixes_[suffix_count_++] = static_cast<uint16_t>(at_);
      }
      const uint8_t size = static_cast<uint8_t>(labels->length);
      bytes(&size, 1);
      bytes(labels->text, labels->length);
    }
    const uint8_t end = 0;
    bytes(&end, 1);
  }

  size_t length() const { return at_; }
  bool overflowed() const { return overflowed_; }
  /// Writes the number of bytes since `start` into the two bytes before it.
  void patch_length(size_t start) {
    if (!overflowed_) {
      put(start - 2, static_cast<uint16_t>(at_ - start));
    }
  }
  /// Overwrites two bytes that have been written.
  void put(size_t at, uint16_t value) {
    buffer_[at] = static_cast<uint8_t>(value >> 8);
    buffer_[at + 1] = static_cast<uint8_t>(value);
  }
  /// Removes everything from `at` on and clears the overflow.
  void rewind(size_t at) {
    at_ = at;
    overflowed_ = false;
    while (suffix_count_ > 0 && suffixes_[suffix_count_ - 1] >= at) {
      --suffix_count_;
    }
  }

 private:
  static constexpr uint16_t kFirstPointer = 0xC000;
  static constexpr size_t kPointerLimit = 0x4000;

  /// The offset of a name with these labels, or 0.
  uint16_t find(const DnsLabel* labels, size_t count) const {
    const DnsReader written(buffer_, at_);
    for (size_t i = 0; i < suffix_count_; ++i) {
      if (written.name_is(suffixes_[i], labels, count)) {
        return suffixes_[i];
      }
    }
    return 0;
  }

  uint8_t* buffer_;
  size_t capacity_;
  size_t at_ = 0;
  bool overflowed_ = false;
  uint16_t suffixes_[MaxSuffixes] = {};  ///< offsets of names and of their suffixes
  size_t suffix_count_ = 0;
};

}  // namespace otatool::wire
