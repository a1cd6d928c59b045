// The sockets of one search: two for each interface and address family, two for unicast. Sends the
// packets of the querier and passes responses to it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "otatool/mdns/browse.hpp"

#include "mdns/asio/asio_interfaces.hpp"
#include "mdns/search/querier.hpp"

namespace otatool::mdns {

class AsioLinks {
 public:
  enum class Taken { Used, Dropped, Lost };  ///< Lost: there was no room for it
  using Listener = std::function<Taken(const PacketReceived&)>;
  /// Gets the address of a host whose mDNS port is closed, with `%interface` if it is link-local.
  using RefusalListener = std::function<void(std::string)>;
  using Warner = std::function<void(std::string)>;

  AsioLinks(boost::asio::io_context& io,
            std::uint16_t port,
            Listener listener,
            RefusalListener on_refusal,
            Warner warner);
  ~AsioLinks();

  /// Opens the unicast sockets; every search needs them. With `interface`, their packets leave
  /// there even if the route is another one, such as that of a VPN.
  [[nodiscard]] Result<void> open_unicast(const std::string& interface);
  /// Opens links on new interfaces and closes those of removed ones. True if a link has changed.
  bool refresh(const std::vector<Interface>& interfaces);
  void send(const Transmission& transmission);

  [[nodiscard]] std::vector<Link> links() const;
  [[nodiscard]] std::vector<LinkReport> reports() const;
  /// `eth0`
  [[nodiscard]] std::string name_of(LinkId link) const;

 private:
  struct Entry;
  struct Datagrams;

  [[nodiscard]] std::unique_ptr<Entry> open(const Interface& interface, bool ipv6);
  void send_unicast(const Transmission& transmission);
  void warn(Entry& entry, const Error& error);

  boost::asio::io_context& io_;
  std::uint16_t port_;
  Listener listener_;
  RefusalListener on_refusal_;
  Warner warner_;
  std::unique_ptr<Datagrams> unicast_;
  std::vector<std::unique_ptr<Entry>> entries_;
  LinkId next_id_ = kUnicastLink + 1;
};

}  // namespace otatool::mdns
