#include "delivery/asio_local_end.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <vector>

#include <boost/asio/ip/udp.hpp>

namespace otatool::delivery {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// An address of this computer.
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
    asio::ip::udp::endpoint endpoint;
    const std::size_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::memcpy(endpoint.data(), each->ifa_addr, size);
    endpoint.resize(size);
    addresses.push_back({endpoint.address(), each->ifa_name});
  }
  return addresses;
}

}  // namespace

std::string interface_for(const LocalEnd& end, const asio::ip::address& device) {
  if (end.interface.empty() && end.address.empty()) {
    return {};
  }
  const std::vector<OwnAddress> own = own_addresses();
  const auto is_own = [&own](const asio::ip::address& address) {
    return std::ranges::find(own, address, &OwnAddress::address);
  };
  if (device.is_loopback() || is_own(device) != own.end()) {
    return {};
  }
  error_code error;
  const asio::ip::address bound = asio::ip::make_address(end.address, error);
  if (!end.interface.empty() || error) {
    return end.interface;
  }
  const auto found = is_own(bound);
  return found == own.end() ? std::string() : found->interface;
}

void bind_to_interface(int socket, const std::string& interface) {
  if (!interface.empty()) {
    static_cast<void>(setsockopt(socket,
                                 SOL_SOCKET,
                                 SO_BINDTODEVICE,
                                 interface.data(),
                                 static_cast<socklen_t>(interface.size())));
  }
}

Result<asio::ip::address> parse_local_address(const LocalEnd& end,
                                              const asio::ip::address& device) {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(end.address, error);
  if (error) {
    return fail(Errc::ListenFailed,
                fmt::format("'{}' is not an IP address to bind to", end.address));
  }
  if (address.is_v4() != device.is_v4()) {
    return fail(
        Errc::ListenFailed,
        fmt::format(
            "the local address {} and the device's address {} are not both IPv4 or both IPv6",
            end.address,
            device.to_string()));
  }
  return address;
}

std::optional<Error> open_towards(tcp::socket& socket,
                                  const asio::ip::address& device,
                                  const LocalEnd& end,
                                  int segment_size) {
  error_code error;
  socket.open(device.is_v4() ? tcp::v4() : tcp::v6(), error);
  if (error) {
    return Error(Errc::NetworkFailed, "cannot open a socket: " + error.message());
  }
  const int native = socket.native_handle();
  bind_to_interface(native, interface_for(end, device));
  if (segment_size != 0) {
    setsockopt(native, IPPROTO_TCP, TCP_MAXSEG, &segment_size, sizeof segment_size);
  }
  if (end.address.empty()) {
    return std::nullopt;
  }
  const auto address = parse_local_address(end, device);
  if (!address) {
    return address.error();
  }
  socket.bind({*address, 0}, error);
  if (error == boost::system::errc::address_not_available) {
    return Error(Errc::ListenFailed,
                 fmt::format("{} is not an address of this computer", end.address));
  }
  return error ? std::optional(
                     Error(Errc::ListenFailed,
                           fmt::format("cannot bind to {}: {}", end.address, error.message())))
               : std::nullopt;
}

}  // namespace otatool::delivery
