// Everything that was heard in one search, kept as devices: one for each service instance, over
// all interfaces and families. Two hosts that claim the same name stay two devices. No sockets,
// no clock; bounded in size.
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
#include "mdns/search/mentions.hpp"

namespace otatool::mdns {

enum class Change { Found, Changed, Lost };
struct DeviceChange {
  Change change;
  Device device;
};

class DeviceTable {
 public:
  using EntryId = std::size_t;

  /// What is not yet known of an instance, and where it was heard.
  struct Gap {
    EntryId id;
    Name instance;
    std::string source;  ///< an address, for those who answered by unicast
    bool service = false;
    bool text = false;
    std::optional<Name> host = {};  ///< whose addresses are missing
    std::vector<LinkId> links = {};
  };
  struct KnownAnswer {
    Name instance;
    std::uint32_t ttl;
  };
  /// Somebody to ask by unicast whether it is alive.
  struct Suspect {
    EntryId id;
    Name type;
    Name instance;
    std::vector<std::string> addresses;
  };

  /// `only_updatable_http`: see BrowseOptions.
  DeviceTable(Interest interest, bool only_updatable_http);
  ~DeviceTable();

  /// A response that came in this search. Returns whether it left something of a device unknown.
  bool take(const Message& response, const Origin& origin, Millis now);
  /// What the daemon has in its cache: stale until the device answers by itself.
  void take_cached(const Message& response, const Origin& origin, Millis now);
  /// Carries out goodbyes that are due, and gives up waiting for the rest of incomplete devices.
  void pass_time(Millis now);
  /// Has incomplete devices told as they are, at the end of a search.
  void stop_waiting();
  /// When pass_time() has something to do, if ever.
  [[nodiscard]] std::optional<Millis> next_deadline() const;
  void forget(EntryId id);
  /// Drops addresses that were last heard before `since`, where there are newer ones, and those of
  /// hosts that no device is on.
  void drop_addresses_before(Millis since);

  [[nodiscard]] std::vector<DeviceChange> take_changes(Millis now);
  /// Devices that were told as found and did not say goodbye since, by name; then the stale ones.
  [[nodiscard]] std::vector<Device> devices(Millis now) const;
  [[nodiscard]] std::size_t found() const { return found_; }

  [[nodiscard]] std::vector<Gap> gaps() const;
  /// Devices of `type` that are complete and were heard on `link` since then.
  [[nodiscard]] std::vector<KnownAnswer> known_answers(const Name& type,
                                                       LinkId link,
                                                       Millis since) const;
  /// Devices that were last heard before `since`.
  [[nodiscard]] std::vector<Suspect> silent_since(Millis since) const;
  [[nodiscard]] std::vector<Suspect> stale() const;

  struct Entry;  ///< in table_entry.hpp

 private:
  /// The device that was spoken of, besides goodbyes.
  Entry* take_mention(const Name& instance,
                      const Mention& mention,
                      const Origin& origin,
                      Millis now);
  Entry* entry_for(const Name& instance, const Mention& mention, const Origin& origin, Millis now);
  Entry* add_entry(const Name& instance, Millis now);
  [[nodiscard]] std::vector<const HostAddress*> addresses_of(const Entry& entry) const;
  [[nodiscard]] static Millis patience_with(const Entry& entry);
  [[nodiscard]] bool is_complete(const Entry& entry) const;
  [[nodiscard]] bool is_redundant(const Entry& entry) const;
  [[nodiscard]] bool is_bare_name(const Entry& entry) const;
  [[nodiscard]] bool is_present(const Entry& entry) const;
  [[nodiscard]] bool may_be_told(const Entry& entry, const Device& device) const;
  [[nodiscard]] Device device_of(const Entry& entry, Millis now) const;
  [[nodiscard]] std::vector<Suspect> suspects(
      const std::function<bool(const Entry&)>& suspicious) const;
  void pass_time_of_entries(Millis now);
  void mark_users_of(const std::set<Name>& hosts);
  void come_back_at(Millis when);

  Interest interest_;
  bool only_updatable_http_;
  HostTable hosts_;
  std::map<Name, std::vector<std::unique_ptr<Entry>>> entries_;
  std::set<Name> changed_;  ///< instances that may have something to tell
  std::vector<Device> lost_;
  std::optional<Millis> deadline_;
  std::size_t count_ = 0;
  std::size_t found_ = 0;
  EntryId next_id_ = 1;
};

}  // namespace otatool::mdns
