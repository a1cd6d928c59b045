#include <optional>

#include "otatool/mdns/message.hpp"

#include "mdns/message/message_format.hpp"

namespace otatool::mdns {
namespace {

constexpr std::size_t kHeaderSize = 12;

tl::unexpected<Error> malformed(std::string_view what, std::size_t offset) {
  return fail(Errc::NetworkFailed,
              "malformed DNS message: " + std::string(what) + " at byte " + std::to_string(offset));
}

class Reader {
 public:
  explicit Reader(Bytes packet) : packet_(packet) {}

  Result<Message> read();

 private:
  struct RecordHead {
    Name name;
    std::uint16_t type = 0;
    std::uint16_t class_and_flush = 0;
    std::uint32_t ttl = 0;
    std::size_t end = 0;
  };

  [[nodiscard]] bool has(std::size_t count) const { return packet_.size() - at_ >= count; }
  /// Only after has().
  std::uint16_t take16() {
    const auto value = static_cast<std::uint16_t>(packet_[at_] << 8U | packet_[at_ + 1]);
    at_ += 2;
    return value;
  }
  Result<Name> read_name();
  Result<void> read_questions(std::size_t count, std::vector<Question>& questions);
  Result<void> read_records(std::size_t count, std::vector<Record>& records);
  Result<RecordHead> read_head();
  Result<RecordData> read_data(RecordType type, std::size_t end);
  Result<RecordData> read_service(std::size_t end);
  Result<RecordData> read_text(std::size_t end);

  Bytes packet_;
  std::size_t at_ = 0;
};

Result<Message> Reader::read() {
  if (packet_.size() < kHeaderSize) {
    return malformed("its header ends", packet_.size());
  }
  Message message;
  message.id = take16();
  const std::uint16_t flags = take16();
  message.response = (flags & kTopBit) != 0;
  message.opcode = static_cast<std::uint8_t>(flags >> 11U & 0x0FU);
  message.truncated = (flags & 0x0200U) != 0;
  message.rcode = static_cast<std::uint8_t>(flags & 0x0FU);
  const std::uint16_t questions = take16();
  const std::uint16_t answers = take16();
  const std::uint16_t authorities = take16();
  const std::uint16_t additionals = take16();
  return read_questions(questions, message.questions)
      .and_then([&] { return read_records(answers, message.answers); })
      .and_then([&] { return read_records(authorities, message.authorities); })
      .and_then([&] { return read_records(additionals, message.additionals); })
      .map([&] { return std::move(message); });
}

/// A name as it stands at at_, which then is behind it. Each pointer has to point before
/// everything that was read of this name, so that there is no loop.
Result<Name> Reader::read_name() {
  std::vector<std::string> labels;
  std::size_t wire_size = 1;
  std::size_t cursor = at_;
  std::size_t lowest = at_;
  std::optional<std::size_t> behind;
  for (;;) {
    if (cursor >= packet_.size()) {
      return malformed("a name ends", cursor);
    }
    const std::size_t length = packet_[cursor];
    if (length == 0) {
      at_ = behind.value_or(cursor + 1);
      return Name::from_labels(std::move(labels));
    }
    if (length >= 0xC0) {
      if (packet_.size() - cursor < 2) {
        return malformed("a compression pointer ends", cursor);
      }
      const std::size_t target = (length & 0x3FU) << 8U | packet_[cursor + 1];
      if (target >= lowest) {
        return malformed("a compression pointer that does not point backwards", cursor);
      }
      behind = behind.value_or(cursor + 2);
      lowest = target;
      cursor = target;
      continue;
    }
    if (length > kLargestLabel || packet_.size() - cursor - 1 < length) {
      return malformed("a bad label length", cursor);
    }
    wire_size += 1 + length;
    if (wire_size > kLargestName) {
      return malformed("a name of more than 255 bytes", at_);
    }
    labels.emplace_back(as_text(packet_.subspan(cursor + 1, length)));
    cursor += 1 + length;
  }
}

Result<void> Reader::read_questions(std::size_t count, std::vector<Question>& questions) {
  for (std::size_t i = 0; i < count; ++i) {
    auto name = read_name();
    if (!name) {
      return fail(name.error());
    }
    if (!has(4)) {
      return malformed("a question ends", packet_.size());
    }
    const std::uint16_t type = take16();
    const std::uint16_t class_and_unicast = take16();
    const unsigned klass = class_and_unicast & ~unsigned{kTopBit};
    if (klass == kClassIn || klass == static_cast<unsigned>(RecordType::Any)) {
      questions.push_back({.name = std::move(*name),
                           .type = static_cast<RecordType>(type),
                           .unicast_reply = (class_and_unicast & kTopBit) != 0});
    }
  }
  return {};
}

Result<Reader::RecordHead> Reader::read_head() {
  auto name = read_name();
  if (!name) {
    return fail(name.error());
  }
  if (!has(10)) {
    return malformed("a record ends", packet_.size());
  }
  RecordHead head;
  head.name = std::move(*name);
  head.type = take16();
  head.class_and_flush = take16();
  const std::uint32_t high = take16();
  head.ttl = high << 16U | take16();
  const std::size_t size = take16();
  if (!has(size)) {
    return malformed("record data ends", packet_.size());
  }
  head.end = at_ + size;
  return head;
}

Result<void> Reader::read_records(std::size_t count, std::vector<Record>& records) {
  for (std::size_t i = 0; i < count; ++i) {
    auto head = read_head();
    if (!head) {
      return fail(head.error());
    }
    const auto type = static_cast<RecordType>(head->type);
    auto data = read_data(type, head->end);
    if (!data) {
      return fail(data.error());
    }
    if (at_ != head->end) {
      return malformed("record data that is not as long as it says", at_);
    }
    if ((head->class_and_flush & ~unsigned{kTopBit}) == kClassIn) {
      records.push_back({.name = std::move(head->name),
                         .type = type,
                         .ttl = head->ttl,
                         .cache_flush = (head->class_and_flush & kTopBit) != 0,
                         .data = std::move(*data)});
    }
  }
  return {};
}

template <typename Address>
Result<RecordData> address_of(Bytes data, std::size_t offset) {
  Address address;
  if (data.size() != address.bytes.size()) {
    return malformed("an address of the wrong size", offset);
  }
  std::copy(data.begin(), data.end(), address.bytes.begin());
  return RecordData(address);
}

Result<RecordData> Reader::read_data(RecordType type, std::size_t end) {
  const Bytes data = packet_.subspan(at_, end - at_);
  const std::size_t begin = at_;
  switch (type) {
    case RecordType::A:
      at_ = end;
      return address_of<Ipv4>(data, begin);
    case RecordType::Aaaa:
      at_ = end;
      return address_of<Ipv6>(data, begin);
    case RecordType::Ptr:
      return read_name().map([](Name name) { return RecordData(Pointer{std::move(name)}); });
    case RecordType::Srv:
      return read_service(end);
    case RecordType::Txt:
      return read_text(end);
    default:
      at_ = end;
      return RecordData(OtherData{{data.begin(), data.end()}});
  }
}

Result<RecordData> Reader::read_service(std::size_t end) {
  if (end - at_ < 7) {
    return malformed("a service record ends", end);
  }
  Service service;
  service.priority = take16();
  service.weight = take16();
  service.port = take16();
  return read_name().map([&service](Name name) {
    service.host = std::move(name);
    return RecordData(std::move(service));
  });
}

Result<RecordData> Reader::read_text(std::size_t end) {
  Text text;
  while (at_ < end) {
    const std::size_t length = packet_[at_];
    if (end - at_ - 1 < length) {
      return malformed("a text is longer than its record", at_);
    }
    if (length > 0) {
      text.strings.emplace_back(as_text(packet_.subspan(at_ + 1, length)));
    }
    at_ += 1 + length;
  }
  return RecordData(std::move(text));
}

}  // namespace

Result<Message> read_message(Bytes packet) {
  return Reader(packet).read();
}

}  // namespace otatool::mdns
