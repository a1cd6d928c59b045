#include "espota/asio_open.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <vector>

#include <boost/asio/error.hpp>

#include "otatool/delivery/retry.hpp"

namespace otatool::espota {
namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

/// The interfaces of this computer and their addresses.
struct OwnAddress {
  asio::ip::address address;
  std::string interface;
};
std::vector<OwnAddress> own_addresses() {
  std::vector<OwnAddress> addresses;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return addresses;
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> guard(list, &freeifaddrs);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    const int family = each->ifa_addr != nullptr ? each->ifa_addr->sa_family : AF_UNSPEC;
    if (family != AF_INET && family != AF_INET6) {
      continue;
    }
    udp::endpoint endpoint;
    const std::size_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::memcpy(endpoint.data(), each->ifa_addr, size);
    endpoint.resize(size);
    addresses.push_back({endpoint.address(), each->ifa_name});
  }
  return addresses;
}

/// Linux permits this to all users since version 5.7. Without permission the route decides.
void bind_to_interface(int socket, const std::string& interface) {
  if (!interface.empty()) {
    static_cast<void>(setsockopt(socket,
                                 SOL_SOCKET,
                                 SO_BINDTODEVICE,
                                 interface.data(),
                                 static_cast<socklen_t>(interface.size())));
  }
}

/// The source address that the routing table gives for packets to the device.
Result<asio::ip::address> route_to(asio::io_context& io, const LinkOptions& options) {
  udp::socket probe(io);
  error_code error;
  const udp::endpoint device(options.device, options.device_port);
  probe.open(device.protocol(), error);
  if (!error) {
    bind_to_interface(probe.native_handle(), options.interface);
    probe.connect(device, error);
  }
  if (error) {
    return fail(Errc::NetworkFailed,
                fmt::format("no route to {}: {}", options.device.to_string(), error.message()));
  }
  return probe.local_endpoint().address();
}

error_code listen_on(tcp::acceptor& listener,
                     const tcp::endpoint& where,
                     const LinkOptions& options) {
  error_code error;
  listener.open(where.protocol(), error);
  if (!error) {
    bind_to_interface(listener.native_handle(), options.interface);
  }
  if (!error && options.small_segments) {
    // The connection inherits it and announces it to the device.
    const int size = delivery::kSmallSegment;
    setsockopt(listener.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &size, sizeof size);
  }
  if (!error) {
    listener.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    listener.bind(where, error);
  }
  if (!error) {
    listener.listen(4, error);
  }
  if (error) {
    error_code ignored;
    listener.close(ignored);
  }
  return error;
}

}  // namespace

std::string interface_for(const LinkOptions& options) {
  const std::vector<OwnAddress> own = own_addresses();
  const auto is_own = [&own](const asio::ip::address& address) {
    return std::ranges::find(own, address, &OwnAddress::address);
  };
  if (options.device.is_loopback() || is_own(options.device) != own.end()) {
    return {};
  }
  error_code error;
  const asio::ip::address bound = asio::ip::make_address(options.bind_address, error);
  if (!options.interface.empty() || error) {
    return options.interface;
  }
  const auto found = is_own(bound);
  return found == own.end() ? std::string() : found->interface;
}

Result<asio::ip::address> local_address_for(asio::io_context& io, const LinkOptions& options) {
  if (options.bind_address.empty()) {
    return route_to(io, options);
  }
  error_code error;
  const asio::ip::address address = asio::ip::make_address(options.bind_address, error);
  if (error) {
    return fail(Errc::ListenFailed,
                fmt::format("'{}' is not an IP address to bind to", options.bind_address));
  }
  if (address.is_v4() != options.device.is_v4()) {
    return fail(
        Errc::ListenFailed,
        fmt::format(
            "the local address {} and the device's address {} are not both IPv4 or both IPv6",
            options.bind_address,
            options.device.to_string()));
  }
  return address;
}

Result<tcp::acceptor> listen_in_range(asio::io_context& io,
                                      const asio::ip::address& address,
                                      const LinkOptions& options) {
  const PortRange ports = options.host_ports;
  tcp::acceptor listener(io);
  error_code error;
  for (std::uint32_t port = ports.first; port <= ports.last; ++port) {
    error = listen_on(listener, {address, static_cast<std::uint16_t>(port)}, options);
    if (error != asio::error::address_in_use) {
      break;
    }
  }
  if (error == boost::system::errc::address_not_available) {
    return fail(Errc::ListenFailed,
                fmt::format("{} is not an address of this computer", address.to_string()));
  }
  if (error) {
    const std::string where = ports.last == 0 ? "any port"
                              : ports.first == ports.last
                                  ? fmt::format("port {}", ports.first)
                                  : fmt::format("any of ports {}-{}", ports.first, ports.last);
    return fail(
        Errc::ListenFailed,
        fmt::format(
            "cannot listen on TCP {} of {}: {}", where, address.to_string(), error.message()));
  }
  return listener;
}

Result<udp::socket> open_udp(asio::io_context& io,
                             const asio::ip::address& address,
                             const std::string& interface) {
  udp::socket socket(io);
  error_code error;
  const udp::endpoint local(address, 0);
  socket.open(local.protocol(), error);
  if (!error) {
    bind_to_interface(socket.native_handle(), interface);
    socket.bind(local, error);
  }
  if (error) {
    return fail(Errc::ListenFailed,
                fmt::format("cannot bind to {}: {}", address.to_string(), error.message()));
  }
  // An unconnected socket gets ICMP errors only with this option. A connected one would lose
  // replies from another port of the device.
  const int on = 1;
  if (address.is_v4()) {
    setsockopt(socket.native_handle(), IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  } else {
    setsockopt(socket.native_handle(), IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  }
  return socket;
}

}  // namespace otatool::espota
