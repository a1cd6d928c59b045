#include "mdns/message/packet_text.hpp"

#include <fmt/format.h>

#include "mdns/message/message_text.hpp"

namespace otatool::mdns {
namespace {

std::string_view path_name(Path path) {
  switch (path) {
    case Path::Legacy:
      return "one-shot";
    case Path::Shared:
      return "shared";
    case Path::Unicast:
      break;
  }
  return "unicast";
}

std::string content_of(Bytes packet) {
  const auto message = read_message(packet);
  return message ? describe(*message) : message.error().message();
}

}  // namespace

std::string describe_sent(const Transmission& transmission, const std::string& link) {
  return fmt::format("> {} {} {}",
                     path_name(transmission.path),
                     transmission.path == Path::Unicast ? transmission.destination : link,
                     content_of(transmission.packet));
}

std::string describe_received(const PacketReceived& received) {
  return fmt::format("< {} {} {}",
                     received.origin.interface,
                     to_text(received.origin.source, ""),
                     content_of(received.packet));
}

}  // namespace otatool::mdns
