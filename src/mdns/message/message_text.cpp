#include "mdns/message/message_text.hpp"

#include <fmt/format.h>

#include "otatool/overloaded.hpp"

#include "mdns/message/ip.hpp"
#include "mdns/message/text.hpp"

namespace otatool::mdns {
namespace {

std::string type_name(RecordType type) {
  switch (type) {
    case RecordType::A:
      return "A";
    case RecordType::Ptr:
      return "PTR";
    case RecordType::Txt:
      return "TXT";
    case RecordType::Aaaa:
      return "AAAA";
    case RecordType::Srv:
      return "SRV";
    case RecordType::Nsec:
      return "NSEC";
    case RecordType::Any:
      return "ANY";
  }
  return fmt::format("TYPE{}", static_cast<unsigned>(type));
}

std::string data_text(const RecordData& data) {
  return std::visit(
      Overloaded{
          [](const Ipv4& address) { return to_text(Ip(address), ""); },
          [](const Ipv6& address) { return to_text(Ip(address), ""); },
          [](const Pointer& pointer) { return clean_text(pointer.target.to_text()); },
          [](const Service& service) {
            return fmt::format("{}:{}", clean_text(service.host.to_text()), service.port);
          },
          [](const Text& text) {
            std::string joined;
            for (const std::string& each : text.strings) {
              joined += (joined.empty() ? "" : " ") + clean_text(each);
            }
            return joined;
          },
          [](const OtherData& other) { return fmt::format("{} bytes", other.bytes.size()); },
      },
      data);
}

}  // namespace

std::string describe(const Message& message) {
  std::string text = message.response ? "!" : "?";
  const auto add = [&text](const std::string& piece) {
    text += (text.size() > 1 ? ", " : " ") + piece;
  };
  for (const Question& question : message.questions) {
    add(fmt::format("{} {}", type_name(question.type), clean_text(question.name.to_text())));
  }
  if (!message.response && !message.answers.empty()) {
    add(fmt::format("{} known answers", message.answers.size()));
    return text;
  }
  for (const auto* section : {&message.answers, &message.additionals}) {
    for (const Record& record : *section) {
      add(fmt::format("{} {}{}",
                      type_name(record.type),
                      data_text(record.data),
                      record.ttl == 0 ? " (goodbye)" : ""));
    }
  }
  return text;
}

}  // namespace otatool::mdns
