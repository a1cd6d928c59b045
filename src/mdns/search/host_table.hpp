// The addresses of hosts, and when and from where each was heard. Bounded in size.
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

/// A goodbye takes effect after this time, so that an announcement that follows it can cancel it
/// (RFC 6762 10.1).
inline constexpr Millis kGoodbyeDelay{1'000};

/// The source of a response.
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
  bool cached = false;  ///< known only from the cache of avahi-daemon
  Millis goodbye_at = kNever;
};

class HostTable {
 public:
  /// Takes the A and AAAA records of a response, except for addresses that cannot be reached over a
  /// network. Returns the hosts whose addresses have changed.
  std::set<Name> take(const Message& response, const Origin& origin, Millis now, bool cached);
  /// Drops addresses that were last heard before `since` if the host has newer ones, and hosts
  /// without newer ones that are not `needed`. Returns the hosts whose addresses have changed.
  std::set<Name> drop_before(Millis since, const std::set<Name>& needed);
  /// Removes the addresses whose goodbye is due. Returns the hosts whose addresses have changed.
  std::set<Name> pass_time(Millis now);
  /// When pass_time() must be called; kNever if there is no deadline.
  [[nodiscard]] Millis next_deadline() const { return deadline_; }
  /// Drops the addresses of the host that these sources have sent.
  void forget(const Name& host, const std::set<Ip>& sources);

  [[nodiscard]] const std::vector<HostAddress>& addresses(const Name& host) const;

 private:
  bool take_record(const Record& record, const Origin& origin, Millis now, bool cached);

  std::map<Name, std::vector<HostAddress>> hosts_;
  Millis deadline_ = kNever;
};

}  // namespace otatool::mdns
