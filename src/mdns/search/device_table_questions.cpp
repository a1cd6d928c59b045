#include <algorithm>

#include "mdns/search/device_table.hpp"
#include "mdns/search/table_entry.hpp"

namespace otatool::mdns {
namespace {

/// Usual lifetime of a pointer in seconds (RFC 6762 10). Replies to one-shot queries carry at most
/// 10 s (6.7), and devices ignore known answers with so short a lifetime (7.1).
constexpr std::uint32_t kPointerLifetime = 4500;

}  // namespace

std::vector<DeviceTable::Gap> DeviceTable::gaps() const {
  std::vector<Gap> gaps;
  for (const auto& [instance, same_name] : entries_) {
    for (const auto& entry : same_name) {
      if (entry->stale || is_complete(*entry)) {
        continue;
      }
      Gap gap{.id = entry->id, .instance = instance, .source = entry->last_source};
      gap.service = !entry->service;
      gap.text = !entry->txt;
      if (entry->service && addresses_of(*entry).empty()) {
        gap.host = entry->service->host;
      }
      for (const auto& [link, heard] : entry->heard) {
        gap.links.push_back(link);
      }
      gaps.push_back(std::move(gap));
    }
  }
  return gaps;
}

std::vector<DeviceTable::KnownAnswer> DeviceTable::known_answers(const Name& type,
                                                                 LinkId link,
                                                                 Millis since) const {
  std::vector<KnownAnswer> known;
  for (const auto& [instance, same_name] : entries_) {
    // A known answer would silence every device that shares the name.
    const Entry& entry = *same_name.front();
    const auto heard = entry.heard.find(link);
    if (entry.type == type && !entry.name_is_shared && heard != entry.heard.end() &&
        heard->second >= since && entry.pointer_ttl > 0 && !entry.goodbye_at &&
        is_complete(entry)) {
      known.push_back({instance, std::max(entry.pointer_ttl, kPointerLifetime)});
    }
  }
  return known;
}

std::vector<DeviceTable::Suspect> DeviceTable::suspects(
    const std::function<bool(const Entry&)>& suspicious) const {
  std::vector<Suspect> suspects;
  for (const auto& [instance, same_name] : entries_) {
    for (const auto& entry : same_name) {
      if (!suspicious(*entry)) {
        continue;
      }
      Suspect suspect{.id = entry->id, .type = entry->type, .instance = instance, .addresses = {}};
      for (const HostAddress* each : addresses_of(*entry)) {
        suspect.addresses.push_back(to_text(each->ip, each->interface));
      }
      suspects.push_back(std::move(suspect));
    }
  }
  return suspects;
}

std::vector<DeviceTable::Suspect> DeviceTable::silent_since(Millis since) const {
  return suspects([since](const Entry& entry) { return !entry.stale && entry.last_heard < since; });
}

std::vector<DeviceTable::Suspect> DeviceTable::stale() const {
  return suspects([](const Entry& entry) { return entry.stale; });
}

}  // namespace otatool::mdns
