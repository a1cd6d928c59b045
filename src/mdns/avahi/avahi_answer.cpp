#include "mdns/avahi/avahi_answer.hpp"

#include <array>
#include <cstring>
#include <net/if.h>
#include <string>
#include <utility>
#include <vector>

namespace otatool::mdns {
namespace {

constexpr std::uint32_t kTtl = 120;
/// Above the ids of our own links: one link for each interface and family of the daemon.
constexpr LinkId kFirstDaemonLink = 1'000'000;

Record address_record(const Name& host, const AvahiAddress& address) {
  Record record{.name = host, .type = RecordType::A, .ttl = kTtl, .data = Ipv4{}};
  if (address.proto == AVAHI_PROTO_INET6) {
    Ipv6 ipv6;
    std::memcpy(ipv6.bytes.data(), address.data.ipv6.address, ipv6.bytes.size());
    record.type = RecordType::Aaaa;
    record.data = ipv6;
  } else {
    Ipv4 ipv4;
    std::memcpy(ipv4.bytes.data(), &address.data.ipv4.address, ipv4.bytes.size());
    record.data = ipv4;
  }
  return record;
}

Text text_of(AvahiStringList* list) {
  Text text;
  const AvahiLibrary& avahi = *avahi_library();
  for (AvahiStringList* each = list; each != nullptr; each = avahi.string_list_get_next(each)) {
    text.strings.emplace_back(reinterpret_cast<const char*>(avahi.string_list_get_text(each)),
                              avahi.string_list_get_size(each));
  }
  return text;
}

std::string interface_name(AvahiIfIndex index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(static_cast<unsigned>(index), name.data()) == nullptr ? "" : name.data();
}

std::optional<Name> type_name(const AvahiInstance& instance) {
  auto parsed = Name::parse(std::string(instance.type) + ".local");
  return parsed ? std::optional<Name>(std::move(*parsed)) : std::nullopt;
}

std::optional<Name> full_name(const AvahiInstance& instance) {
  const auto parent = type_name(instance);
  if (!parent) {
    return std::nullopt;
  }
  std::vector<std::string> labels = parent->labels();
  labels.insert(labels.begin(), instance.name);
  auto full = Name::from_labels(std::move(labels));
  return full ? std::optional<Name>(std::move(*full)) : std::nullopt;
}

Origin origin_of(const AvahiInstance& instance) {
  const auto family = static_cast<LinkId>(instance.protocol == AVAHI_PROTO_INET6 ? 1 : 0);
  return {.link = kFirstDaemonLink + 2 * static_cast<LinkId>(instance.interface) + family,
          .interface = interface_name(instance.interface)};
}

}  // namespace

std::optional<DaemonAnswered> avahi_answer(const AvahiInstance& instance,
                                           const AvahiResolved* resolved,
                                           bool cached) {
  const auto type = type_name(instance);
  const auto full = full_name(instance);
  if (!type || !full) {
    return std::nullopt;
  }
  DaemonAnswered answer{.message = {}, .origin = origin_of(instance), .cached = cached};
  auto& records = answer.message.answers;
  records.push_back({.name = *type, .ttl = kTtl, .data = Pointer{*full}});
  if (resolved != nullptr) {
    const auto host = Name::parse(resolved->host);
    if (!host) {
      return std::nullopt;
    }
    records.push_back({.name = *full,
                       .type = RecordType::Srv,
                       .ttl = kTtl,
                       .data = Service{.port = resolved->port, .host = *host}});
    records.push_back(
        {.name = *full, .type = RecordType::Txt, .ttl = kTtl, .data = text_of(resolved->txt)});
    records.push_back(address_record(*host, *resolved->address));
    if (const auto* ipv4 = std::get_if<Ipv4>(&records.back().data)) {
      answer.origin.source = Ip(*ipv4);
    } else if (const auto* ipv6 = std::get_if<Ipv6>(&records.back().data)) {
      answer.origin.source = Ip(*ipv6);
    }
  }
  return answer;
}

}  // namespace otatool::mdns
