#include "mdns/search/host_table.hpp"

#include <algorithm>

#include "mdns/search/instance_data.hpp"

namespace otatool::mdns {
namespace {

// Far above real networks; protects the memory against hostile ones.
constexpr std::size_t kMostHosts = 4096;
constexpr std::size_t kMostAddressesOfHost = 32;

}  // namespace

std::set<Name> HostTable::take(const Message& response,
                               const Origin& origin,
                               Millis now,
                               bool cached) {
  std::set<Name> changed;
  for (const auto* section : {&response.answers, &response.additionals}) {
    for (const Record& record : *section) {
      if (take_record(record, origin, now, cached)) {
        changed.insert(record.name);
      }
    }
  }
  return changed;
}

bool HostTable::take_record(const Record& record, const Origin& origin, Millis now, bool cached) {
  const auto ip = address_in(record);
  // A loopback address cannot be reached over a network; DNS sinkholes answer 0.0.0.0.
  if (!ip || !is_unicast(*ip) || (is_loopback(*ip) && !is_loopback(origin.source))) {
    return false;
  }
  if (!hosts_.contains(record.name) && (record.ttl == 0 || hosts_.size() >= kMostHosts)) {
    return false;
  }
  std::vector<HostAddress>& addresses = hosts_[record.name];
  const auto known = std::ranges::find_if(addresses, [&](const HostAddress& each) {
    return each.ip == *ip && (!is_link_local(*ip) || each.interface == origin.interface);
  });
  if (known == addresses.end()) {
    const bool taken = record.ttl > 0 && addresses.size() < kMostAddressesOfHost;
    if (taken) {
      addresses.push_back({*ip, origin.interface, origin.source, now, cached});
    }
    return taken;
  }
  if (record.ttl == 0) {
    // A goodbye counts only if it comes from the device itself.
    if (known->source == origin.source || known->ip == origin.source) {
      known->goodbye_at = std::min(known->goodbye_at, now + kGoodbyeDelay);
      deadline_ = std::min(deadline_, known->goodbye_at);
    }
    return false;
  }
  known->goodbye_at = kNever;
  const bool confirmed = known->cached && !cached;
  if (!cached) {
    known->heard = now;
    known->source = origin.source;
    known->interface = confirmed ? origin.interface : known->interface;
    known->cached = false;
  }
  return confirmed;
}

std::set<Name> HostTable::drop_before(Millis since, const std::set<Name>& needed) {
  const auto is_old = [since](const HostAddress& each) { return each.heard < since; };
  std::erase_if(hosts_, [&](const auto& host) {
    return !needed.contains(host.first) && std::ranges::all_of(host.second, is_old);
  });
  std::set<Name> changed;
  for (auto& [name, addresses] : hosts_) {
    if (!std::ranges::all_of(addresses, is_old) && std::erase_if(addresses, is_old) > 0) {
      changed.insert(name);
    }
  }
  return changed;
}

std::set<Name> HostTable::pass_time(Millis now) {
  std::set<Name> changed;
  if (now < deadline_) {
    return changed;
  }
  deadline_ = kNever;
  for (auto& [name, addresses] : hosts_) {
    const auto is_due = [now](const HostAddress& each) { return each.goodbye_at <= now; };
    if (std::erase_if(addresses, is_due) > 0) {
      changed.insert(name);
    }
    for (const HostAddress& each : addresses) {
      deadline_ = std::min(deadline_, each.goodbye_at);
    }
  }
  std::erase_if(hosts_, [](const auto& host) { return host.second.empty(); });
  return changed;
}

void HostTable::forget(const Name& host, const std::set<Ip>& sources) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) {
    return;
  }
  std::erase_if(found->second,
                [&sources](const HostAddress& each) { return sources.contains(each.source); });
  if (found->second.empty()) {
    hosts_.erase(found);
  }
}

const std::vector<HostAddress>& HostTable::addresses(const Name& host) const {
  static const std::vector<HostAddress> kNone;
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? kNone : found->second;
}

}  // namespace otatool::mdns
