// Reads the records of one response that belong to the searched services and hosts. No state.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "otatool/mdns/device.hpp"
#include "otatool/mdns/message.hpp"

#include "mdns/message/ip.hpp"

namespace otatool::mdns {

/// The services and hosts that a search looks for.
struct SearchScope {
  std::vector<Name> types;  ///< full names: `_arduino._tcp.local`
  std::vector<Name> hosts;  ///< searched even if they offer no service

  /// The searched type that is the parent of `instance`; nothing if there is none.
  [[nodiscard]] std::optional<Name> type_of(const Name& instance) const;
};

/// The records of one service instance, or of one searched host.
struct InstanceData {
  std::optional<Service> service;
  std::optional<std::vector<TxtPair>> txt;
  std::optional<std::uint32_t> pointer_ttl;
  bool goodbye = false;
  std::vector<Ip> addresses;  ///< of the host of the instance
};

/// The address in an A or AAAA record.
[[nodiscard]] std::optional<Ip> address_in(const Record& record);

/// Keyed by the name of the instance or of the searched host.
[[nodiscard]] std::map<Name, InstanceData> parse_instances(const Message& response,
                                                           const SearchScope& scope);

}  // namespace otatool::mdns
