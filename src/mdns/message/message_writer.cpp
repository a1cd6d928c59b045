#include <algorithm>

#include "otatool/mdns/message.hpp"
#include "otatool/overloaded.hpp"

#include "mdns/message/message_format.hpp"

namespace otatool::mdns {
namespace {

constexpr std::size_t kCountsOffset = 4;
constexpr std::size_t kLargestPointer = 0x3FFF;
constexpr std::size_t kLargestMessage = 65535;

std::uint16_t flags_of(const MessageWriter::Header& header) {
  unsigned flags = 0;
  flags |= header.response ? 0x8000U : 0U;
  flags |= header.authoritative ? 0x0400U : 0U;
  flags |= header.truncated ? 0x0200U : 0U;
  return static_cast<std::uint16_t>(flags);
}

}  // namespace

MessageWriter::MessageWriter(Header header, std::size_t limit) : limit_(limit) {
  put16(header.id);
  put16(flags_of(header));
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    put16(0);
  }
}

bool MessageWriter::add(const Question& question) {
  const std::size_t begin = bytes_.size();
  put_name(question.name);
  put16(static_cast<std::uint16_t>(question.type));
  put16(question.unicast_reply ? kClassIn | kTopBit : kClassIn);
  return accept(begin, 0);
}

bool MessageWriter::add_answer(const Record& record) {
  const std::size_t begin = bytes_.size();
  put_record(record);
  return accept(begin, 1);
}

bool MessageWriter::add_additional(const Record& record) {
  const std::size_t begin = bytes_.size();
  put_record(record);
  return accept(begin, 3);
}

void MessageWriter::put16(std::size_t value) {
  bytes_.push_back(static_cast<std::uint8_t>(value >> 8U));
  bytes_.push_back(static_cast<std::uint8_t>(value));
}

void MessageWriter::put_name(const Name& name) {
  std::vector<std::string> rest = name.labels();
  while (!rest.empty()) {
    Name end = *Name::from_labels(rest);
    if (const auto known = offsets_.find(end); known != offsets_.end()) {
      put16(0xC000U | known->second);
      return;
    }
    if (bytes_.size() <= kLargestPointer) {
      offsets_.emplace(std::move(end), bytes_.size());
    }
    bytes_.push_back(static_cast<std::uint8_t>(rest.front().size()));
    bytes_.insert(bytes_.end(), rest.front().begin(), rest.front().end());
    rest.erase(rest.begin());
  }
  bytes_.push_back(0);
}

void MessageWriter::put_data(const RecordData& data) {
  const auto put_bytes = [this](const auto& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  };
  std::visit(Overloaded{
                 [&](const Ipv4& address) { put_bytes(address.bytes); },
                 [&](const Ipv6& address) { put_bytes(address.bytes); },
                 [&](const Pointer& pointer) { put_name(pointer.target); },
                 [&](const Service& service) {
                   put16(service.priority);
                   put16(service.weight);
                   put16(service.port);
                   put_name(service.host);
                 },
                 [&](const Text& text) {
                   for (const std::string& each : text.strings) {
                     const std::size_t size = std::min<std::size_t>(each.size(), 255);
                     bytes_.push_back(static_cast<std::uint8_t>(size));
                     put_bytes(std::string_view(each).substr(0, size));
                   }
                   if (text.strings.empty()) {
                     bytes_.push_back(0);  // a TXT record is never without a string (RFC 6763 6.1)
                   }
                 },
                 [&](const OtherData& other) { put_bytes(other.bytes); },
             },
             data);
}

void MessageWriter::put_record(const Record& record) {
  put_name(record.name);
  put16(static_cast<std::uint16_t>(record.type));
  put16(record.cache_flush ? kClassIn | kTopBit : kClassIn);
  put16(record.ttl >> 16U);
  put16(record.ttl & 0xFFFFU);
  const std::size_t size_offset = bytes_.size();
  put16(0);
  put_data(record.data);
  const std::size_t size = bytes_.size() - size_offset - 2;
  bytes_[size_offset] = static_cast<std::uint8_t>(size >> 8U);
  bytes_[size_offset + 1] = static_cast<std::uint8_t>(size);
}

bool MessageWriter::accept(std::size_t begin, std::size_t section) {
  if (bytes_.size() > limit_) {
    bytes_.resize(begin);
    std::erase_if(offsets_, [begin](const auto& each) { return each.second >= begin; });
    return false;
  }
  const std::uint16_t count = ++counts_.at(section);
  const std::size_t offset = kCountsOffset + 2 * section;
  bytes_[offset] = static_cast<std::uint8_t>(count >> 8U);
  bytes_[offset + 1] = static_cast<std::uint8_t>(count);
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
    return fail(Errc::Usage, "a DNS message of more than 65535 bytes");
  }
  return writer.packet();
}

}  // namespace otatool::mdns
