// DNS messages: a message that parses respects the limits of DNS and reads back unchanged after it
// was written.
#include <algorithm>

#include "otatool/mdns/message.hpp"

#include "mdns/message/message_text.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::mdns;
using fuzz::require;

bool same_data(const RecordData& left, const RecordData& right) {
  if (left.index() != right.index()) {
    return false;
  }
  if (const auto* service = std::get_if<Service>(&left)) {
    const auto& other = std::get<Service>(right);
    return service->port == other.port && service->priority == other.priority &&
           service->weight == other.weight && service->host == other.host;
  }
  if (const auto* pointer = std::get_if<Pointer>(&left)) {
    return pointer->target == std::get<Pointer>(right).target;
  }
  if (const auto* text = std::get_if<Text>(&left)) {
    return text->strings == std::get<Text>(right).strings;
  }
  if (const auto* ipv4 = std::get_if<Ipv4>(&left)) {
    return *ipv4 == std::get<Ipv4>(right);
  }
  if (const auto* ipv6 = std::get_if<Ipv6>(&left)) {
    return *ipv6 == std::get<Ipv6>(right);
  }
  return std::get<OtherData>(left).bytes == std::get<OtherData>(right).bytes;
}

bool same_records(const std::vector<Record>& left, const std::vector<Record>& right) {
  return std::ranges::equal(left, right, [](const Record& a, const Record& b) {
    return a.name == b.name && a.type == b.type && a.ttl == b.ttl &&
           a.cache_flush == b.cache_flush && same_data(a.data, b.data);
  });
}

void require_limits(const std::vector<Record>& records) {
  for (const Record& record : records) {
    require(record.name.wire_size() <= kLargestName, "a name has at most 255 bytes");
    const auto again = Name::parse(record.name.to_text());
    require(again && *again == record.name, "a name reads back from its text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes packet(data, size);
  const auto message = read_message(packet);
  if (!message) {
    require(message.error().code() == Errc::NetworkFailed, "a bad packet is a NetworkFailed error");
    return 0;
  }
  require_limits(message->answers);
  require_limits(message->additionals);
  const std::string text = describe(*message);
  require(std::ranges::none_of(text, [](char c) { return c >= 0 && c < 0x20; }),
          "a trace holds no control character");
  const auto written = write_message(*message);
  if (written) {
    const auto again = read_message(*written);
    require(again.has_value(), "a written message parses");
    require(again->questions.size() == message->questions.size(), "questions read back");
    require(same_records(again->answers, message->answers), "answers read back");
    require(same_records(again->additionals, message->additionals), "additional records read back");
  }
  return 0;
}
