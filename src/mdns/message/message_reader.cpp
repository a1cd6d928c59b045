#include <algorithm>

#include "otatool/mdns/message.hpp"
#include "otatool/wire/dns.hpp"

namespace otatool::mdns {
namespace {

tl::unexpected<Error> malformed(std::string_view what, std::size_t offset) {
  return fail(Errc::NetworkFailed,
              "malformed DNS message: " + std::string(what) + " at byte " + std::to_string(offset));
}

class Reader {
 public:
  explicit Reader(Bytes packet) : packet_(packet), reader_(packet.data(), packet.size()) {}

  Result<Message> read();

 private:
  Result<void> read_questions(std::size_t count, std::vector<Question>& questions);
  Result<void> read_records(std::size_t count, std::vector<Record>& records);
  [[nodiscard]] Result<Name> name_at(std::size_t at) const;
  [[nodiscard]] Result<Name> last_name(std::size_t at, std::size_t end) const;
  [[nodiscard]] Result<RecordData> data_of(const wire::DnsRecord& head) const;
  [[nodiscard]] Result<RecordData> service_in(const wire::DnsRecord& head) const;
  [[nodiscard]] Result<RecordData> text_in(const wire::DnsRecord& head) const;
  [[nodiscard]] Bytes bytes_of(const wire::DnsRecord& head) const {
    return packet_.subspan(head.data_at, head.length);
  }

  Bytes packet_;
  wire::DnsReader reader_;
};

Result<Message> Reader::read() {
  wire::DnsHeader header{};
  if (!reader_.header(header)) {
    return malformed("truncated header", packet_.size());
  }
  Message message;
  message.id = header.id;
  message.response = (header.flags & wire::kDnsResponse) != 0;
  message.opcode = static_cast<std::uint8_t>((header.flags & wire::kDnsOpcode) >> 11U);
  message.truncated = (header.flags & wire::kDnsTruncated) != 0;
  message.rcode = static_cast<std::uint8_t>(header.flags & 0x0FU);
  return read_questions(header.questions, message.questions)
      .and_then([&] { return read_records(header.answers, message.answers); })
      .and_then([&] { return read_records(header.authorities, message.authorities); })
      .and_then([&] { return read_records(header.additionals, message.additionals); })
      .map([&] { return std::move(message); });
}

Result<Name> Reader::name_at(std::size_t at) const {
  std::vector<std::string> labels;
  wire::DnsPlace place(at);
  for (;;) {
    wire::DnsLabel label{};
    if (!reader_.label(place, label)) {
      return malformed("invalid name", at);
    }
    if (label.length == 0) {
      break;
    }
    labels.emplace_back(label.text, label.length);
  }
  auto name = Name::from_labels(std::move(labels));
  return name ? std::move(name) : malformed("name of more than 255 bytes", at);
}

/// A name that must end at `end`, as the last part of a record does.
Result<Name> Reader::last_name(std::size_t at, std::size_t end) const {
  wire::DnsReader record(packet_.data(), end);
  if (!record.skip(at) || !record.skip_name() || record.at() != end) {
    return malformed("record data of another length than its name", at);
  }
  return name_at(at);
}

Result<void> Reader::read_questions(std::size_t count, std::vector<Question>& questions) {
  for (; count > 0; --count) {
    const std::size_t begin = reader_.at();
    std::uint16_t type = 0;
    std::uint16_t class_and_unicast = 0;
    if (!reader_.skip_name() || !reader_.number(type) || !reader_.number(class_and_unicast)) {
      return malformed("invalid question", begin);
    }
    TRY(auto name, name_at(begin));
    const unsigned klass = class_and_unicast & ~unsigned{wire::kDnsClassFlag};
    if (klass == wire::kDnsInternet || klass == wire::kDnsAnyClass) {
      questions.push_back({.name = std::move(name),
                           .type = static_cast<RecordType>(type),
                           .unicast_reply = (class_and_unicast & wire::kDnsClassFlag) != 0});
    }
  }
  return {};
}

Result<void> Reader::read_records(std::size_t count, std::vector<Record>& records) {
  for (; count > 0; --count) {
    const std::size_t begin = reader_.at();
    wire::DnsRecord head{};
    if (!reader_.record(head)) {
      return malformed("invalid record", begin);
    }
    TRY(auto name, name_at(begin));
    TRY(auto data, data_of(head));
    if (head.plain_class() == wire::kDnsInternet) {
      records.push_back({.name = std::move(name),
                         .type = static_cast<RecordType>(head.type),
                         .ttl = head.ttl,
                         .cache_flush = (head.record_class & wire::kDnsClassFlag) != 0,
                         .data = std::move(data)});
    }
  }
  return {};
}

template <typename Address>
Result<RecordData> address_of(Bytes data, std::size_t offset) {
  Address address;
  if (data.size() != address.bytes.size()) {
    return malformed("address of the wrong size", offset);
  }
  std::copy(data.begin(), data.end(), address.bytes.begin());
  return RecordData(address);
}

Result<RecordData> Reader::data_of(const wire::DnsRecord& head) const {
  const Bytes data = bytes_of(head);
  switch (static_cast<RecordType>(head.type)) {
    case RecordType::A:
      return address_of<Ipv4>(data, head.data_at);
    case RecordType::Aaaa:
      return address_of<Ipv6>(data, head.data_at);
    case RecordType::Ptr:
      return last_name(head.data_at, head.data_at + head.length).map([](Name name) {
        return RecordData(Pointer{std::move(name)});
      });
    case RecordType::Srv:
      return service_in(head);
    case RecordType::Txt:
      return text_in(head);
    default:
      return RecordData(OtherData{{data.begin(), data.end()}});
  }
}

Result<RecordData> Reader::service_in(const wire::DnsRecord& head) const {
  wire::DnsReader data(packet_.data(), head.data_at + head.length);
  Service service;
  if (!data.skip(head.data_at) || !data.number(service.priority) || !data.number(service.weight) ||
      !data.number(service.port)) {
    return malformed("truncated service record", head.data_at);
  }
  return last_name(data.at(), head.data_at + head.length).map([&service](Name name) {
    service.host = std::move(name);
    return RecordData(std::move(service));
  });
}

Result<RecordData> Reader::text_in(const wire::DnsRecord& head) const {
  Text text;
  for (Bytes rest = bytes_of(head); !rest.empty();) {
    const std::size_t length = rest[0];
    if (rest.size() - 1 < length) {
      break;  // keep the texts before a malformed one, and the other records
    }
    if (length > 0) {
      text.strings.emplace_back(as_text(rest.subspan(1, length)));
    }
    rest = rest.subspan(1 + length);
  }
  return RecordData(std::move(text));
}

}  // namespace

Result<Message> read_message(Bytes packet) {
  return Reader(packet).read();
}

}  // namespace otatool::mdns
