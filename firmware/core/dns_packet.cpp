#include "dns_packet.hpp"

#include "ascii.hpp"

namespace otatool::firmware {
namespace {

constexpr uint8_t kPointerBits = 0xC0;
constexpr size_t kLongestName = 255;

bool same_label(const DnsLabel& one, const DnsLabel& other) {
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

}  // namespace

bool DnsReader::number(uint16_t& value) {
  if (length_ - at_ < 2) {
    return false;
  }
  value = static_cast<uint16_t>(bytes_[at_] << 8 | bytes_[at_ + 1]);
  at_ += 2;
  return true;
}

bool DnsReader::number(uint32_t& value) {
  uint16_t high = 0;
  uint16_t low = 0;
  if (length_ - at_ < 4 || !number(high) || !number(low)) {
    return false;
  }
  value = static_cast<uint32_t>(high) << 16 | low;
  return true;
}

bool DnsReader::skip(size_t count) {
  if (length_ - at_ < count) {
    return false;
  }
  at_ += count;
  return true;
}

bool DnsReader::skip_name() {
  const size_t start = at_;
  while (at_ < length_) {
    const uint8_t size = bytes_[at_];
    if ((size & kPointerBits) == kPointerBits) {
      return skip(2);
    }
    if ((size & kPointerBits) != 0 || !skip(size_t{1} + size) || at_ - start > kLongestName) {
      return false;
    }
    if (size == 0) {
      return true;
    }
  }
  return false;
}

bool DnsReader::record(DnsRecord& out) {
  out.name_at = at_;
  const bool valid = skip_name() && number(out.type) && number(out.record_class) &&
                     number(out.ttl) && number(out.length);
  out.data_at = at_;
  return valid && skip(out.length);
}

bool DnsReader::label(size_t& at, size_t& limit, DnsLabel& out) const {
  while (at < length_ && (bytes_[at] & kPointerBits) == kPointerBits) {
    if (length_ - at < 2) {
      return false;
    }
    const size_t target = static_cast<size_t>((bytes_[at] & ~kPointerBits) << 8 | bytes_[at + 1]);
    if (target >= limit) {
      return false;
    }
    limit = target;
    at = target;
  }
  if (at >= length_ || (bytes_[at] & kPointerBits) != 0 || bytes_[at] > length_ - at - 1) {
    return false;
  }
  out = {reinterpret_cast<const char*>(bytes_ + at + 1), bytes_[at]};
  at += 1 + out.length;
  return true;
}

bool DnsReader::name_is(size_t at, const DnsName& name) const {
  size_t limit = at;
  DnsLabel found{};
  for (size_t i = 0; i < name.count; ++i) {
    if (!label(at, limit, found) || !same_label(found, name.labels[i])) {
      return false;
    }
  }
  return label(at, limit, found) && found.length == 0;
}

bool DnsReader::bytes_are(size_t at, const uint8_t* bytes, size_t count) const {
  return at <= length_ && count <= length_ - at && memcmp(bytes_ + at, bytes, count) == 0;
}

size_t DnsReader::copy(size_t at, size_t count, uint8_t* out) const {
  const size_t there = at < length_ ? length_ - at : 0;
  const size_t taken = count < there ? count : there;
  memcpy(out, bytes_ + at, taken);
  return taken;
}

size_t DnsReader::copy_name(size_t at, uint8_t* out, size_t capacity) const {
  size_t limit = at;
  size_t length = 0;
  DnsLabel found{};
  do {
    if (!label(at, limit, found) || capacity - length < found.length + 1) {
      return length;
    }
    out[length++] = static_cast<uint8_t>(found.length);
    memcpy(out + length, found.text, found.length);
    length += found.length;
  } while (found.length > 0);
  return length;
}

void DnsWriter::number(uint16_t value) {
  const uint8_t both[] = {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
  bytes(both, sizeof(both));
}

void DnsWriter::number(uint32_t value) {
  number(static_cast<uint16_t>(value >> 16));
  number(static_cast<uint16_t>(value));
}

void DnsWriter::bytes(const void* bytes, size_t length) {
  if (overflowed_ || length > capacity_ - at_) {
    overflowed_ = true;
    return;
  }
  memcpy(buffer_ + at_, bytes, length);
  at_ += length;
}

const DnsWriter::Suffix* DnsWriter::find(const DnsName& name, size_t first) const {
  for (size_t e = 0; e < suffix_count_; ++e) {
    const Suffix& suffix = suffixes_[e];
    if (suffix.name.count - suffix.first != name.count - first) {
      continue;
    }
    size_t same = 0;
    while (first + same < name.count &&
           same_label(suffix.name.labels[suffix.first + same], name.labels[first + same])) {
      ++same;
    }
    if (first + same == name.count) {
      return &suffix;
    }
  }
  return nullptr;
}

void DnsWriter::name(const DnsName& name, bool compress) {
  for (size_t i = 0; i < name.count; ++i) {
    const Suffix* const known = find(name, i);
    if (known != nullptr && compress) {
      number(static_cast<uint16_t>(0xC000U | known->offset));
      return;
    }
    if (known == nullptr && suffix_count_ < kMaxSuffixes) {
      suffixes_[suffix_count_++] = {name, i, at_};
    }
    const uint8_t size = static_cast<uint8_t>(name.labels[i].length);
    bytes(&size, 1);
    bytes(name.labels[i].text, name.labels[i].length);
  }
  const uint8_t end = 0;
  bytes(&end, 1);
}

void DnsWriter::patch_length(size_t start) {
  if (!overflowed_) {
    put(start - 2, static_cast<uint16_t>(at_ - start));
  }
}

void DnsWriter::put(size_t at, uint16_t value) {
  buffer_[at] = static_cast<uint8_t>(value >> 8);
  buffer_[at + 1] = static_cast<uint8_t>(value);
}

void DnsWriter::rewind(size_t at) {
  at_ = at;
  overflowed_ = false;
  while (suffix_count_ > 0 && suffixes_[suffix_count_ - 1].offset >= at) {
    --suffix_count_;
  }
}

}  // namespace otatool::firmware
