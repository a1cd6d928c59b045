// Addresses of hosts, as heard: which, where, when and from whom. Bounded in size.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "otatool/mdns/device.hpp"
#include "otatool/mdns/message.hpp"

#include "mdns/ip.hpp"

namespace otatool::mdns {

using LinkId = std::size_t;

/// Where a response came from.
struct Origin {
  LinkId link = 0;
  std::string interface = {};
  Ip source = {};
};

struct HostAddress {
  Ip ip;
  std::string interface;
  Ip source;
  Millis heard;
  bool cached = false;  ///< known from the daemon's cache alone
};

class HostTable {
 public:
  /// Takes the A and AAAA records of a response, besides addresses at which nobody on a network
  /// can be reached. Returns the hosts whose addresses are others than before.
  std::set<Name> take(const Message& response, const Origin& origin, Millis now, bool cached);
  /// Drops addresses that were last heard before `since`, where there are newer ones.
  std::set<Name> drop_before(Millis since);
  /// Drops what these sources said of the host.
  void forget(const Name& host, const std::set<Ip>& sources);

  [[nodiscard]] const std::vector<HostAddress>& addresses(const Name& host) const;

 private:
  bool take_record(const Record& record, const Origin& origin, Millis now, bool cached);

  std::map<Name, std::vector<HostAddress>> hosts_;
};

}  // namespace otatool::mdns
