#include <algorithm>

#include "otatool/mdns/message.hpp"
#include "otatool/overloaded.hpp"

namespace otatool::mdns {
namespace {

constexpr std::size_t kLargestMessage = 65535;

std::uint16_t flags_of(const MessageWriter::Header& header) {
  unsigned flags = 0;
  flags |= header.response ? wire::kDnsResponse : 0U;
  flags |= header.authoritative ? wire::kDnsAuthoritative : 0U;
  flags |= header.truncated ? wire::kDnsTruncated : 0U;
  return static_cast<std::uint16_t>(flags);
}

}  // namespace

MessageWriter::MessageWriter(Header header, std::size_t limit)
    : bytes_(limit), writer_(bytes_.data(), limit) {
  writer_.number(header.id);
  writer_.number(flags_of(header));
  for (const std::uint16_t count : counts_) {
    writer_.number(count);
  }
}

bool MessageWriter::add(const Question& question) {
  const std::size_t begin = writer_.length();
  put_name(question.name);
  put_type(question.type, question.unicast_reply);
  return accept(begin, 0);
}

bool MessageWriter::add_answer(const Record& record) {
  return add_record(record, 1);
}

bool MessageWriter::add_additional(const Record& record) {
  return add_record(record, 3);
}

void MessageWriter::put_name(const Name& name) {
  std::vector<wire::DnsLabel> labels;
  labels.reserve(name.labels().size());
  for (const std::string& label : name.labels()) {
    labels.push_back({label.data(), label.size()});
  }
  writer_.name(labels.data(), labels.size(), true);
}

void MessageWriter::put_type(RecordType type, bool flag) {
  writer_.number(static_cast<std::uint16_t>(type));
  writer_.number(
      static_cast<std::uint16_t>(wire::kDnsInternet | (flag ? wire::kDnsClassFlag : 0U)));
}

void MessageWriter::put_data(const RecordData& data) {
  std::visit(Overloaded{
                 [&](const Ipv4& address) { put_bytes(address.bytes); },
                 [&](const Ipv6& address) { put_bytes(address.bytes); },
                 [&](const Pointer& pointer) { put_name(pointer.target); },
                 [&](const Service& service) {
                   writer_.number(service.priority);
                   writer_.number(service.weight);
                   writer_.number(service.port);
                   put_name(service.host);
                 },
                 [&](const Text& text) {
                   for (const std::string& each : text.strings) {
                     const auto size =
                         static_cast<std::uint8_t>(std::min<std::size_t>(each.size(), 255));
                     writer_.bytes(&size, 1);
                     put_bytes(as_bytes(each).first(size));
                   }
                   if (text.strings.empty()) {
                     writer_.bytes("", 1);  // at least one string, here an empty one (RFC 6763 6.1)
                   }
                 },
                 [&](const OtherData& other) { put_bytes(other.bytes); },
             },
             data);
}

bool MessageWriter::add_record(const Record& record, std::size_t section) {
  const std::size_t begin = writer_.length();
  put_name(record.name);
  put_type(record.type, record.cache_flush);
  writer_.number(record.ttl);
  writer_.number(std::uint16_t{0});
  const std::size_t data_at = writer_.length();
  put_data(record.data);
  writer_.patch_length(data_at);
  return accept(begin, section);
}

bool MessageWriter::accept(std::size_t begin, std::size_t section) {
  if (writer_.overflowed()) {
    writer_.rewind(begin);
    return false;
  }
  writer_.put(wire::kDnsCountsAt + 2 * section, ++counts_.at(section));
  return true;
}

Result<std::vector<std::uint8_t>> write_message(const Message& message) {
  MessageWriter writer({.id = message.id,
                        .response = message.response,
                        .authoritative = message.response,
                        .truncated = message.truncated},
                       kLargestMessage);
  const bool fits =
      std::ranges::all_of(message.questions,
                          [&](const Question& each) { return writer.add(each); }) &&
      std::ranges::all_of(message.answers,
                          [&](const Record& each) { return writer.add_answer(each); }) &&
      std::ranges::all_of(message.additionals,
                          [&](const Record& each) { return writer.add_additional(each); });
  if (!fits) {
    return fail(Errc::Usage, "the DNS message is longer than 65535 bytes");
  }
  return writer.packet();
}

}  // namespace otatool::mdns
