#include "espota/asio_open.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>

#include "otatool/delivery/retry.hpp"

#include "delivery/asio_local_end.hpp"

namespace otatool::espota {
namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

/// The source address that the routing table gives for packets to the device.
Result<asio::ip::address> route_to(asio::io_context& io, const LinkOptions& options) {
  udp::socket probe(io);
  error_code error;
  const udp::endpoint device(options.device, options.device_port);
  probe.open(device.protocol(), error);
  if (!error) {
    delivery::bind_to_interface(probe.native_handle(), options.local.interface);
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
    delivery::bind_to_interface(listener.native_handle(), options.local.interface);
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

Result<asio::ip::address> local_address_for(asio::io_context& io, const LinkOptions& options) {
  if (options.local.address.empty()) {
    return route_to(io, options);
  }
  return delivery::parse_local_address(options.local, options.device);
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
    delivery::bind_to_interface(socket.native_handle(), interface);
    socket.bind(local, error);
  }
  if (!error) {
    socket.non_blocking(true, error);
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
