// The sockets of one search: two for each interface and family, two for unicast. Sends what the
// querier wants, and hands on what may be an answer.
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
  /// Says whether the packet was of use.
  using Listener = std::function<bool(const PacketReceived&)>;
  using Warner = std::function<void(std::string)>;

  AsioLinks(boost::asio::io_context& io, std::uint16_t port, Listener listener, Warner warner);
  ~AsioLinks();

  /// For unicast alone, which always has to be possible.
  [[nodiscard]] Result<void> open_unicast();
  /// Opens what is not open yet, closes what is gone. Returns whether anything is different.
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
  Warner warner_;
  std::unique_ptr<Datagrams> unicast_;
  std::vector<std::unique_ptr<Entry>> entries_;
  LinkId next_id_ = kUnicastLink + 1;
};

}  // namespace otatool::mdns
