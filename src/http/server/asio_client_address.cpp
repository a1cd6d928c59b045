#include "http/server/asio_client_address.hpp"

#include <algorithm>

#include "http/text/forwarded.hpp"

namespace otatool::http {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

constexpr unsigned short kClientBits = 64;

/// The address without the scope of a link-local one.
ip::address_v6 without_scope(const ip::address_v6& address) {
  return ip::address_v6(address.to_bytes());
}

template <typename Network, typename Address>
bool holds(const Network& network, const Address& address) {
  return Network(address, static_cast<unsigned short>(network.prefix_length())).canonical() ==
         network.canonical();
}

}  // namespace

ip::address plain_address(const ip::address& address) {
  return address.is_v6() && address.to_v6().is_v4_mapped()
             ? ip::address(ip::make_address_v4(ip::v4_mapped, address.to_v6()))
             : address;
}

ClientAddress client_address(const ip::address& peer) {
  const ip::address address = plain_address(peer);
  ClientAddress client{.text = address.to_string(), .network = {}};
  client.network =
      address.is_v4()
          ? client.text
          : ip::network_v6(without_scope(address.to_v6()), kClientBits).canonical().to_string();
  return client;
}

Result<ProxyList> ProxyList::make(const std::vector<std::string>& networks) {
  ProxyList list;
  for (const std::string& text : networks) {
    error_code error;
    const bool whole = text.find('/') == std::string::npos;
    if (text.find(':') == std::string::npos) {
      const auto network = ip::make_network_v4(whole ? text + "/32" : text, error);
      list.v4_.push_back(network);
    } else {
      const auto network = ip::make_network_v6(whole ? text + "/128" : text, error);
      list.v6_.push_back(network);
    }
    if (error) {
      return fail(Errc::Usage,
                  "'" + text + "' is not an address or a network such as 10.0.0.0/8 or fd00::/8");
    }
  }
  return list;
}

bool ProxyList::contains(const ip::address& peer) const {
  const ip::address address = plain_address(peer);
  if (address.is_v4()) {
    return std::ranges::any_of(
        v4_, [&](const auto& network) { return holds(network, address.to_v4()); });
  }
  return std::ranges::any_of(
      v6_, [&](const auto& network) { return holds(network, without_scope(address.to_v6())); });
}

ClientAddress ProxyList::client(const ip::address& peer,
                                std::span<const HeaderField> fields) const {
  ip::address client = plain_address(peer);
  if (contains(client)) {
    const std::vector<std::string> chain = forwarded_chain(fields);
    for (auto node = chain.rbegin(); node != chain.rend() && contains(client); ++node) {
      error_code error;
      const ip::address next = ip::make_address(*node, error);
      if (error) {
        break;
      }
      client = plain_address(next);
    }
  }
  return client_address(client);
}

}  // namespace otatool::http
