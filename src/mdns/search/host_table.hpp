// Addresses of hosts, as heard: which, where, when and from whom. Bounded in size.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "otatool/mdns/device.hpp"
#include "otatool/mdns/message.hpp"

#include "mdns/message/ip.hpp"

namespace otatool::mdns {

using LinkId = std::size_t;

/// A goodbye takes effect later, so that an announcement behind it saves what it took back (RFC
/// 6762 10.1).
inline constexpr Millis kGoodbyeDelay{1'000};

/// Where a response came from.
struct Origin {
  LinkId link = 0;
  std::string interface = {};
  Ip source = {};
};

inline constexpr Millis kNever = Millis::max();

struct HostAddress {
  Ip ip;
  std::string interface;
  Ip source;
  Millis heard;
  bool cached = false;  ///< known from the daemon's cache alone
  Millis goodbye_at = kNever;
};

class HostTable {
 public:
  /// Takes the A and AAAA records of a response, besides addresses at which nobody on a network
  /// can be reached. Returns the hosts whose addresses are others than before.
  std::set<Name> take(const Message& response, const Origin& origin, Millis now, bool cached);
  /// Drops addresses that were last heard before `since`, where there are newer ones, and hosts
  /// without newer ones that are not `needed`. Returns the hosts whose addresses are others now.
  std::set<Name> drop_before(Millis since, const std::set<Name>& needed);
  /// Carries out the goodbyes that are due; returns the hosts whose addresses are others than
  /// before.
  std::set<Name> pass_time(Millis now);
  /// When pass_time() has something to do; kNever if nothing.
  [[nodiscard]] Millis next_deadline() const { return deadline_; }
  /// Drops what these sources said of the host.
  void forget(const Name& host, const std::set<Ip>& sources);

  [[nodiscard]] const std::vector<HostAddress>& addresses(const Name& host) const;

 private:
  bool take_record(const Record& record, const Origin& origin, Millis now, bool cached);

  std::map<Name, std::vector<HostAddress>> hosts_;
  Millis deadline_ = kNever;
};

}  // namespace otatool::mdns
