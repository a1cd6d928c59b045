// The devices that were heard in one search: one for each service instance, over all interfaces and
// address families. Two hosts with the same instance name are two devices. Bounded in size. No
// sockets, no clock.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "otatool/mdns/device.hpp"
#include "otatool/mdns/message.hpp"

#include "mdns/search/host_table.hpp"
#include "mdns/search/instance_data.hpp"

namespace otatool::mdns {

enum class Change { Found, Changed, Lost };
struct DeviceChange {
  Change change;
  Device device;
};

class DeviceTable {
 public:
  using EntryId = std::size_t;

  /// The missing records of an instance, and where it was heard.
  struct Gap {
    EntryId id;
    Name instance;
    std::string source;  ///< the address that answered; used if it answered by unicast
    bool service = false;
    bool text = false;
    std::optional<Name> host = {};  ///< the host whose addresses are missing
    std::vector<LinkId> links = {};
  };
  struct KnownAnswer {
    Name instance;
    std::uint32_t ttl;
  };
  /// A device to ask by unicast whether it is still there.
  struct Suspect {
    EntryId id;
    Name type;
    Name instance;
    std::vector<std::string> addresses;
  };

  /// `only_updatable_http`: see BrowseOptions.
  DeviceTable(SearchScope scope, bool only_updatable_http);
  ~DeviceTable();

  /// Takes a response of this search. True if a device in it is still incomplete.
  bool take(const Message& response, const Origin& origin, Millis now);
  /// Takes records of avahi-daemon's cache. A device from there is stale until it answers.
  void take_cached(const Message& response, const Origin& origin, Millis now);
  /// Removes devices whose goodbye is due, and stops waiting for records that are overdue.
  void pass_time(Millis now);
  /// Stops waiting for all missing records: take_changes() then reports incomplete devices.
  void stop_waiting();
  /// When pass_time() must be called; nothing if there is no deadline.
  [[nodiscard]] std::optional<Millis> next_deadline() const;
  void forget(EntryId id);
  /// Drops addresses that were last heard before `since` if the host has newer ones, and all
  /// addresses of hosts without a device.
  void drop_addresses_before(Millis since);

  [[nodiscard]] std::vector<DeviceChange> take_changes(Millis now);
  /// Devices reported as found that have not said goodbye, sorted by name; then stale ones.
  [[nodiscard]] std::vector<Device> devices(Millis now) const;
  [[nodiscard]] std::size_t found() const { return found_; }

  [[nodiscard]] std::vector<Gap> gaps() const;
  /// The complete devices of `type` that were heard on `link` since `since`.
  [[nodiscard]] std::vector<KnownAnswer> known_answers(const Name& type,
                                                       LinkId link,
                                                       Millis since) const;
  /// Devices that were last heard before `since`.
  [[nodiscard]] std::vector<Suspect> silent_since(Millis since) const;
  [[nodiscard]] std::vector<Suspect> stale() const;

  struct Entry;  ///< in table_entry.hpp

 private:
  /// The device that the data belong to; null for a goodbye and if the table is full.
  Entry* take_instance(const Name& instance,
                       const InstanceData& data,
                       const Origin& origin,
                       Millis now);
  Entry* entry_for(const Name& instance,
                   const InstanceData& data,
                   const Origin& origin,
                   Millis now);
  Entry* add_entry(const Name& instance, Millis now);
  [[nodiscard]] std::vector<const HostAddress*> addresses_of(const Entry& entry) const;
  [[nodiscard]] static Millis patience_for(const Entry& entry);
  [[nodiscard]] bool is_complete(const Entry& entry) const;
  [[nodiscard]] bool is_redundant(const Entry& entry) const;
  [[nodiscard]] bool is_bare_name(const Entry& entry) const;
  [[nodiscard]] bool is_present(const Entry& entry) const;
  [[nodiscard]] bool is_reportable(const Entry& entry, const Device& device) const;
  [[nodiscard]] Device device_of(const Entry& entry, Millis now) const;
  [[nodiscard]] std::vector<Suspect> suspects(
      const std::function<bool(const Entry&)>& suspicious) const;
  void pass_time_of_entries(Millis now);
  void mark_changed(const std::set<Name>& hosts);
  void set_deadline(Millis when);

  SearchScope scope_;
  bool only_updatable_http_;
  HostTable hosts_;
  std::map<Name, std::vector<std::unique_ptr<Entry>>> entries_;
  std::set<Name> changed_;  ///< instances whose devices may have changed
  std::vector<Device> lost_;
  std::optional<Millis> deadline_;
  std::size_t count_ = 0;
  std::size_t found_ = 0;
  EntryId next_id_ = 1;
};

}  // namespace otatool::mdns
