#include "mdns/asio/asio_links.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <net/if.h>

#include <boost/asio/ip/address.hpp>

#include "mdns/asio/asio_socket.hpp"

namespace otatool::mdns {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::uint8_t kResponseBit = 0x80;

std::string interface_name(unsigned index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(index, name.data()) == nullptr ? std::string() : name.data();
}

}  // namespace

/// The unicast sockets.
struct AsioLinks::Datagrams {
  explicit Datagrams(asio::io_context& io) : ipv4(io, false), ipv6(io, true) {}
  AsioSocket ipv4;
  AsioSocket ipv6;
  bool has_ipv6 = false;
  LinkReport report;
};

struct AsioLinks::Entry {
  Entry(asio::io_context& io, const Interface& at, LinkId number, bool six)
      : interface(at),
        id(number),
        ipv6(six),
        own(io, six),
        shared(io, six),
        report{.interface = at.name,
               .address = six ? at.ipv6 : at.ipv4,
               .ipv6 = six,
               .loopback = at.loopback} {}

  Interface interface;
  LinkId id;
  bool ipv6;
  AsioSocket own;
  AsioSocket shared;
  bool has_shared = false;
  bool warned = false;
  LinkReport report;
};

AsioLinks::AsioLinks(asio::io_context& io,
                     std::uint16_t port,
                     Listener listener,
                     RefusalListener on_refusal,
                     Warner warner)
    : io_(io),
      port_(port),
      listener_(std::move(listener)),
      on_refusal_(std::move(on_refusal)),
      warner_(std::move(warner)) {}
AsioLinks::~AsioLinks() = default;

namespace {

/// Counts the datagram, and calls `consume` for a response from the mDNS port.
template <typename Consume>
void take_datagram(const Datagram& datagram,
                   std::uint16_t port,
                   LinkReport& report,
                   const Consume& consume) {
  const bool response =
      datagram.bytes.size() >= kHeaderSize && (datagram.bytes[2] & kResponseBit) != 0;
  if (datagram.bytes.size() >= kHeaderSize && !response) {
    if (to_text(datagram.source, "") == report.address) {
      ++report.looped;
    }
    return;
  }
  // Responses always come from the mDNS port, even unicast ones (RFC 6762 6).
  using enum AsioLinks::Taken;
  const auto taken = response && datagram.source_port == port ? consume() : Dropped;
  ++(taken == Used ? report.received : taken == Lost ? report.lost : report.dropped);
}

}  // namespace

Result<void> AsioLinks::open_unicast(const std::string& interface) {
  unicast_ = std::make_unique<Datagrams>(io_);
  TRY_VOID(unicast_->ipv4.open_own(nullptr));
  const auto listener = [this](const Datagram& datagram) {
    take_datagram(datagram, port_, unicast_->report, [&] {
      return listener_({datagram.bytes,
                        {kUnicastLink, interface_name(datagram.interface_index), datagram.source}});
    });
  };
  const auto on_refusal = [this](const asio::ip::address& host) { on_refusal_(host.to_string()); };
  unicast_->ipv4.bind_to_interface(interface);
  unicast_->ipv4.listen(listener, on_refusal);
  unicast_->has_ipv6 = unicast_->ipv6.open_own(nullptr).has_value();
  if (unicast_->has_ipv6) {
    unicast_->ipv6.bind_to_interface(interface);
    unicast_->ipv6.listen(listener, on_refusal);
  }
  return {};
}

bool AsioLinks::refresh(const std::vector<Interface>& interfaces) {
  const auto is_gone = [&interfaces](const std::unique_ptr<Entry>& entry) {
    return std::ranges::none_of(interfaces, [&entry](const Interface& each) {
      return each.index == entry->interface.index && each.name == entry->interface.name &&
             !(entry->ipv6 ? each.ipv6 : each.ipv4).empty();
    });
  };
  bool changed = std::erase_if(entries_, is_gone) > 0;
  for (const Interface& interface : interfaces) {
    for (const bool ipv6 : {false, true}) {
      // Linux has no route to an IPv6 multicast group on loopback (discovery.md 3.5).
      const bool possible =
          ipv6 ? !interface.ipv6.empty() && !interface.loopback : !interface.ipv4.empty();
      const bool known = std::ranges::any_of(entries_, [&](const auto& entry) {
        return entry->interface.index == interface.index && entry->ipv6 == ipv6;
      });
      if (possible && !known) {
        entries_.push_back(open(interface, ipv6));
        changed = true;
      }
    }
  }
  return changed;
}

std::unique_ptr<AsioLinks::Entry> AsioLinks::open(const Interface& interface, bool ipv6) {
  auto entry = std::make_unique<Entry>(io_, interface, next_id_++, ipv6);
  const auto take = [this](Entry& link, const Datagram& datagram) {
    take_datagram(datagram, port_, link.report, [&] {
      return listener_({datagram.bytes, {link.id, link.interface.name, datagram.source}});
    });
  };
  if (const auto opened = entry->own.open_own(&interface); !opened) {
    warn(*entry, opened.error());
    entry->report.error = opened.error();
    return entry;
  }
  // A reply to this socket belongs to a query on this link. The interface that Linux reports is
  // wrong for a responder on this host.
  entry->own.listen(
      [take, link = entry.get()](const Datagram& datagram) { take(*link, datagram); });
  const auto shared = entry->shared.open_shared(interface, port_);
  entry->has_shared = shared.has_value();
  if (shared) {
    // A multicast packet belongs to the interface on which it came in, not to the socket.
    entry->shared.listen([this, take](const Datagram& datagram) {
      const auto at = std::ranges::find_if(entries_, [&datagram](const auto& each) {
        return each->interface.index == datagram.interface_index &&
               each->ipv6 == datagram.source.ipv6;
      });
      if (at != entries_.end()) {
        take(**at, datagram);
      }
    });
  } else {
    warn(*entry, shared.error());
  }
  return entry;
}

void AsioLinks::send(const Transmission& transmission) {
  if (transmission.path == Path::Unicast) {
    send_unicast(transmission);
    return;
  }
  const auto found = std::ranges::find_if(
      entries_, [&](const auto& entry) { return entry->id == transmission.link; });
  if (found == entries_.end() || (*found)->report.error) {
    return;
  }
  Entry& entry = **found;
  if (transmission.path == Path::Shared && !entry.has_shared) {
    return;
  }
  AsioSocket& socket = transmission.path == Path::Shared ? entry.shared : entry.own;
  if (const auto sent = socket.multicast(transmission.packet, port_)) {
    ++entry.report.sent;
  } else {
    warn(entry, sent.error());
  }
}

void AsioLinks::send_unicast(const Transmission& transmission) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(transmission.destination, error);
  if (error || (address.is_v6() && !unicast_->has_ipv6)) {
    return;
  }
  AsioSocket& socket = address.is_v6() ? unicast_->ipv6 : unicast_->ipv4;
  if (const auto sent = socket.send(transmission.packet, {address, port_})) {
    ++unicast_->report.sent;
  } else {
    unicast_->report.error = sent.error();
  }
}

void AsioLinks::warn(Entry& entry, const Error& error) {
  if (!entry.warned) {
    entry.warned = true;
    warner_(fmt::format(
        "{} ({}): {}", entry.interface.name, entry.ipv6 ? "IPv6" : "IPv4", error.message()));
  }
}

std::vector<Link> AsioLinks::links() const {
  std::vector<Link> links;
  for (const auto& entry : entries_) {
    if (!entry->report.error) {
      links.push_back({.id = entry->id, .ipv6 = entry->ipv6});
    }
  }
  return links;
}

std::string AsioLinks::name_of(LinkId link) const {
  const auto found =
      std::ranges::find_if(entries_, [link](const auto& entry) { return entry->id == link; });
  return found == entries_.end() ? "" : (*found)->interface.name;
}

std::vector<LinkReport> AsioLinks::reports() const {
  std::vector<LinkReport> reports;
  for (const auto& entry : entries_) {
    reports.push_back(entry->report);
    reports.back().lost += entry->own.overflowed() + entry->shared.overflowed();
  }
  if (unicast_ && unicast_->report.sent > 0) {
    reports.push_back(unicast_->report);
    reports.back().lost += unicast_->ipv4.overflowed() + unicast_->ipv6.overflowed();
  }
  return reports;
}

}  // namespace otatool::mdns
