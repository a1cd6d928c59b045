// One device of the table: its records, and when and from where they were heard.
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
  std::optional<Device> reported;
  bool name_is_shared = false;
  bool stale = false;
  bool given_up = false;  ///< do not wait any longer for missing records

  /// Takes records that the device has sent.
  void update(const InstanceData& data, const Origin& origin, Millis now);
  /// The value for users, without addresses and the fields that classify() sets.
  [[nodiscard]] Device device(Millis now) const;
};

/// True if a field that users see differs.
[[nodiscard]] bool differ(const Device& left, const Device& right);
/// The TXT records of one device may change over time, except for the board.
[[nodiscard]] bool same_board(const std::vector<TxtPair>& left, const std::vector<TxtPair>& right);
[[nodiscard]] bool same_service(const Service& left, const Service& right);

}  // namespace otatool::mdns
