// One device of the table: what was heard of it, from whom and when. No policy besides.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mdns/search/device_table.hpp"

namespace otatool::mdns {

struct DeviceTable::Entry {
  EntryId id = 0;
  Name instance;
  Name type;  ///< the root for a host without a service
  std::optional<Service> service;
  std::optional<std::vector<TxtPair>> txt;
  std::map<LinkId, Millis> heard;
  std::set<Ip> sources;
  std::string last_source;
  std::uint32_t pointer_ttl = 0;
  Millis first_heard{0};
  Millis last_heard{0};
  std::optional<Millis> goodbye_at;
  std::optional<Device> told;
  bool name_is_shared = false;
  bool stale = false;
  bool given_up = false;  ///< on what is missing

  /// Takes what the device itself said.
  void update(const Mention& mention, const Origin& origin, Millis now);
  /// What people are told of it, besides its addresses and what follows from TXT.
  [[nodiscard]] Device device(Millis now) const;
};

/// Whether two devices differ in what people are told.
[[nodiscard]] bool differ(const Device& left, const Device& right);
/// TXT records of one device may differ over time, but not in which board it is.
[[nodiscard]] bool same_board(const std::vector<TxtPair>& left, const std::vector<TxtPair>& right);
[[nodiscard]] bool same_service(const Service& left, const Service& right);

}  // namespace otatool::mdns
