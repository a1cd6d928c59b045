// What one response says of the services and hosts that a search is about. No state.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "otatool/mdns/device.hpp"
#include "otatool/mdns/message.hpp"

#include "mdns/message/ip.hpp"

namespace otatool::mdns {

/// What a search is about.
struct Interest {
  std::vector<Name> types;  ///< fully: `_arduino._tcp.local`
  std::vector<Name> hosts;  ///< wanted although they may offer no service

  /// The type that `instance` is directly below, if it is one of ours.
  [[nodiscard]] std::optional<Name> type_of(const Name& instance) const;
};

/// What a response says of one instance, or of one wanted host.
struct Mention {
  std::optional<Service> service;
  std::optional<std::vector<TxtPair>> txt;
  std::optional<std::uint32_t> pointer_ttl;
  bool goodbye = false;
  std::vector<Ip> addresses;  ///< of its host
};

/// The address in an A or AAAA record.
[[nodiscard]] std::optional<Ip> address_in(const Record& record);

/// By instance name, or host name of a wanted host.
[[nodiscard]] std::map<Name, Mention> mentions_in(const Message& response,
                                                  const Interest& interest);

}  // namespace otatool::mdns
