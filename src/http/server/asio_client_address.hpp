// The address of the client behind a connection: its peer, or what a trusted proxy reports.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "otatool/http/header_field.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

struct ClientAddress {
  std::string text;
  /// What one client can choose its addresses from: the address, or the /64 of an IPv6 address.
  std::string network;
};

class ProxyList {
 public:
  /// Each of `networks` is an address or a network such as 10.0.0.0/8 or fd00::/8. Usage.
  [[nodiscard]] static Result<ProxyList> make(const std::vector<std::string>& networks);

  [[nodiscard]] bool empty() const { return v4_.empty() && v6_.empty(); }
  [[nodiscard]] bool contains(const boost::asio::ip::address& peer) const;

  /// The client of a request with these fields from `peer`. If the peer is a trusted proxy: the
  /// last address in the chain that is none; an element that is no address ends the search, and the
  /// proxy behind it counts as the client.
  [[nodiscard]] ClientAddress client(const boost::asio::ip::address& peer,
                                     std::span<const HeaderField> fields) const;

 private:
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

/// An IPv4 address that an IPv6 socket shows as ::ffff:192.0.2.1 becomes that IPv4 address.
[[nodiscard]] boost::asio::ip::address plain_address(const boost::asio::ip::address& address);

[[nodiscard]] ClientAddress client_address(const boost::asio::ip::address& peer);

}  // namespace otatool::http
