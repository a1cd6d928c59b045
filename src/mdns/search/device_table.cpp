#include "mdns/search/device_table.hpp"

#include <algorithm>
#include <tuple>

#include "mdns/search/service_facts.hpp"
#include "mdns/search/table_entry.hpp"

namespace otatool::mdns {
namespace {

// Far above real networks; protects the memory against hostile ones.
constexpr std::size_t kMostEntries = 4096;
constexpr std::size_t kMostEntriesOfOneName = 16;

/// How long to wait for a missing TXT or address before reporting the device without it.
constexpr Millis kPatience{1'500};
/// The same for the services of a host that has answered only by its host name.
constexpr Millis kPatienceForHosts{400};

}  // namespace

Millis DeviceTable::patience_for(const Entry& entry) {
  return entry.type.is_root() ? kPatienceForHosts : kPatience;
}

DeviceTable::DeviceTable(SearchScope scope, bool only_updatable_http)
    : scope_(std::move(scope)), only_updatable_http_(only_updatable_http) {}
DeviceTable::~DeviceTable() = default;

bool DeviceTable::take(const Message& response, const Origin& origin, Millis now) {
  // Decide which device a name belongs to from the addresses known before this response.
  std::vector<Entry*> touched;
  for (const auto& [instance, data] : parse_instances(response, scope_)) {
    touched.push_back(take_instance(instance, data, origin, now));
  }
  mark_changed(hosts_.take(response, origin, now, false));
  return std::ranges::any_of(
      touched, [this](const Entry* entry) { return entry != nullptr && !is_complete(*entry); });
}

void DeviceTable::take_cached(const Message& response, const Origin& origin, Millis now) {
  hosts_.take(response, origin, now, true);
  for (const auto& [instance, data] : parse_instances(response, scope_)) {
    const auto known = entries_.find(instance);
    const bool is_new = known == entries_.end();
    if (data.goodbye || (!is_new && !known->second.front()->stale)) {
      continue;
    }
    if (Entry* entry = is_new ? add_entry(instance, now) : known->second.front().get()) {
      entry->stale = true;
      entry->service = data.service ? data.service : entry->service;
      entry->txt = data.txt ? data.txt : entry->txt;
    }
  }
}

DeviceTable::Entry* DeviceTable::take_instance(const Name& instance,
                                               const InstanceData& data,
                                               const Origin& origin,
                                               Millis now) {
  if (!data.goodbye) {
    Entry* entry = entry_for(instance, data, origin, now);
    if (entry != nullptr) {
      entry->update(data, origin, now);
      changed_.insert(instance);
    }
    return entry;
  }
  const auto found = entries_.find(instance);
  if (found == entries_.end()) {
    return nullptr;
  }
  for (const auto& entry : found->second) {
    // A goodbye counts only if it comes from the device itself.
    if (entry->sources.contains(origin.source) && !entry->goodbye_at) {
      entry->goodbye_at = now + kGoodbyeDelay;
      set_deadline(*entry->goodbye_at);
    }
  }
  return nullptr;
}

/// The known device that sent the data: it has answered from the same address, announces one of the
/// same addresses, or is the same device on another link. Otherwise a new device.
DeviceTable::Entry* DeviceTable::entry_for(const Name& instance,
                                           const InstanceData& data,
                                           const Origin& origin,
                                           Millis now) {
  const auto known = entries_.find(instance);
  if (known == entries_.end()) {
    return add_entry(instance, now);
  }
  const auto same_device = [&](const std::unique_ptr<Entry>& entry) {
    const auto own = addresses_of(*entry);
    return entry->stale || entry->sources.contains(origin.source) ||
           std::ranges::any_of(own, [&](const HostAddress* each) {
             return entry->sources.contains(each->source) &&
                    std::ranges::find(data.addresses, each->ip) != data.addresses.end();
           });
  };
  const auto may_be_elsewhere = [&](const std::unique_ptr<Entry>& entry) {
    const bool other_service =
        data.service && entry->service && !same_service(*data.service, *entry->service);
    const bool other_board = data.txt && entry->txt && !same_board(*data.txt, *entry->txt);
    return !entry->heard.contains(origin.link) && !other_service && !other_board;
  };
  auto found = std::ranges::find_if(known->second, same_device);
  if (found == known->second.end()) {
    found = std::ranges::find_if(known->second, may_be_elsewhere);
  }
  if (found != known->second.end()) {
    return found->get();
  }
  return known->second.size() < kMostEntriesOfOneName ? add_entry(instance, now) : nullptr;
}

DeviceTable::Entry* DeviceTable::add_entry(const Name& instance, Millis now) {
  if (count_ >= kMostEntries) {
    return nullptr;
  }
  auto entry = std::make_unique<Entry>();
  entry->id = next_id_++;
  entry->instance = instance;
  entry->first_heard = now;
  if (const auto type = scope_.type_of(instance)) {
    entry->type = *type;
  } else {
    entry->service = Service{.host = instance};
    entry->txt.emplace();
  }
  ++count_;
  changed_.insert(instance);
  set_deadline(entry->first_heard + patience_for(*entry));
  auto& same_name = entries_[instance];
  same_name.push_back(std::move(entry));
  for (const auto& each : same_name) {
    each->name_is_shared = same_name.size() > 1;
  }
  return same_name.back().get();
}

/// While several devices share a name, only addresses that a device has sent itself are its own.
std::vector<const HostAddress*> DeviceTable::addresses_of(const Entry& entry) const {
  std::vector<const HostAddress*> addresses;
  if (!entry.service) {
    return addresses;
  }
  for (const HostAddress& each : hosts_.addresses(entry.service->host)) {
    const bool own = !entry.name_is_shared || entry.sources.contains(each.source);
    if (each.cached == entry.stale && own) {
      addresses.push_back(&each);
    }
  }
  std::ranges::sort(addresses, [](const HostAddress* left, const HostAddress* right) {
    return std::tie(left->ip.ipv6, left->interface, left->ip) <
           std::tie(right->ip.ipv6, right->interface, right->ip);
  });
  return addresses;
}

bool DeviceTable::is_complete(const Entry& entry) const {
  return entry.service && entry.txt && !addresses_of(entry).empty();
}

/// True for a host that has a service in the table: only the service is listed.
bool DeviceTable::is_redundant(const Entry& entry) const {
  const auto same_host = [&entry](const std::unique_ptr<Entry>& other) {
    return other->reported && !other->type.is_root() && other->service->host == entry.instance;
  };
  return entry.type.is_root() && std::ranges::any_of(entries_, [&same_host](const auto& each) {
           return std::ranges::any_of(each.second, same_host);
         });
}

Device DeviceTable::device_of(const Entry& entry, Millis now) const {
  Device device = entry.device(now);
  for (const HostAddress* each : addresses_of(entry)) {
    device.addresses.push_back({.ip = to_text(each->ip, each->interface),
                                .interface = each->interface,
                                .ipv6 = each->ip.ipv6});
  }
  classify(device);
  return device;
}

bool DeviceTable::is_reportable(const Entry& entry, const Device& device) const {
  const bool hidden =
      only_updatable_http_ && same_text(device.type, "_http._tcp") && !is_updatable_http(device);
  const bool ready = entry.given_up || (is_complete(entry) && !entry.type.is_root());
  return !hidden && ready && !is_bare_name(entry) && !is_redundant(entry);
}

bool DeviceTable::is_present(const Entry& entry) const {
  return entry.reported && !entry.goodbye_at && !is_bare_name(entry);
}

/// True for a host without services and addresses.
bool DeviceTable::is_bare_name(const Entry& entry) const {
  return entry.type.is_root() && addresses_of(entry).empty();
}

void DeviceTable::pass_time(Millis now) {
  if (deadline_ && *deadline_ <= now) {
    pass_time_of_entries(now);
  }
  // After the entries: a lost device is reported with its addresses.
  mark_changed(hosts_.pass_time(now));
}

std::optional<Millis> DeviceTable::next_deadline() const {
  const Millis next = std::min(deadline_.value_or(kNever), hosts_.next_deadline());
  return next == kNever ? std::nullopt : std::optional(next);
}

void DeviceTable::pass_time_of_entries(Millis now) {
  deadline_.reset();
  std::vector<EntryId> leaving;
  for (const auto& [instance, same_name] : entries_) {
    for (const auto& entry : same_name) {
      if (entry->goodbye_at && *entry->goodbye_at <= now) {
        leaving.push_back(entry->id);
      } else if (entry->goodbye_at) {
        set_deadline(*entry->goodbye_at);
      }
      if (entry->given_up || entry->stale) {
        continue;
      }
      if (entry->first_heard + patience_for(*entry) <= now) {
        entry->given_up = true;
        changed_.insert(instance);
      } else {
        set_deadline(entry->first_heard + patience_for(*entry));
      }
    }
  }
  for (const EntryId id : leaving) {
    forget(id);
  }
}

void DeviceTable::set_deadline(Millis when) {
  deadline_ = std::min(deadline_.value_or(when), when);
}

void DeviceTable::stop_waiting() {
  for (const auto& [instance, same_name] : entries_) {
    for (const auto& entry : same_name) {
      entry->given_up = true;
      changed_.insert(instance);
    }
  }
}

void DeviceTable::forget(EntryId id) {
  for (auto group = entries_.begin(); group != entries_.end(); ++group) {
    auto& same_name = group->second;
    const auto found =
        std::ranges::find_if(same_name, [id](const auto& entry) { return entry->id == id; });
    if (found == same_name.end()) {
      continue;
    }
    Entry& entry = **found;
    if (entry.reported) {
      Device& device = lost_.emplace_back(std::move(*entry.reported));
      device.last_heard = entry.last_heard;
      device.heard_from = entry.last_source;
      --found_;
    }
    // Otherwise the next device of this name would get these addresses.
    if (entry.service) {
      hosts_.forget(entry.service->host, entry.sources);
    }
    same_name.erase(found);
    --count_;
    if (same_name.empty()) {
      entries_.erase(group);
    }
    return;
  }
}

void DeviceTable::drop_addresses_before(Millis since) {
  std::set<Name> needed;
  for (const auto& [instance, same_name] : entries_) {
    for (const auto& entry : same_name) {
      if (entry->service) {
        needed.insert(entry->service->host);
      }
    }
  }
  mark_changed(hosts_.drop_before(since, needed));
}

void DeviceTable::mark_changed(const std::set<Name>& hosts) {
  if (hosts.empty()) {
    return;
  }
  for (const auto& [instance, same_name] : entries_) {
    for (const auto& entry : same_name) {
      if (entry->service && hosts.contains(entry->service->host)) {
        changed_.insert(instance);
      }
    }
  }
}

std::vector<DeviceChange> DeviceTable::take_changes(Millis now) {
  std::vector<DeviceChange> changes;
  for (Device& device : lost_) {
    device.age = now - device.last_heard;
    changes.push_back({Change::Lost, std::move(device)});
  }
  lost_.clear();
  for (const Name& instance : std::exchange(changed_, {})) {
    const auto same_name = entries_.find(instance);
    if (same_name == entries_.end()) {
      continue;
    }
    for (const auto& entry : same_name->second) {
      if (entry->stale) {
        continue;
      }
      Device device = device_of(*entry, now);
      if (!entry->reported && is_reportable(*entry, device)) {
        changes.push_back({Change::Found, device});
        entry->reported = std::move(device);
        ++found_;
      } else if (entry->reported && differ(*entry->reported, device)) {
        changes.push_back({Change::Changed, device});
        entry->reported = std::move(device);
      }
    }
  }
  return changes;
}

std::vector<Device> DeviceTable::devices(Millis now) const {
  std::vector<Device> devices;
  std::vector<Device> stale;
  for (const auto& [instance, same_name] : entries_) {
    for (const auto& entry : same_name) {
      if ((entry->stale || is_present(*entry)) && !is_redundant(*entry)) {
        (entry->stale ? stale : devices).push_back(device_of(*entry, now));
      }
    }
  }
  std::ranges::move(stale, std::back_inserter(devices));
  return devices;
}

}  // namespace otatool::mdns
