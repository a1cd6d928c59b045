#include "announce/asio_endpoint.hpp"

#include <algorithm>

namespace otatool::announce {
namespace ip = boost::asio::ip;

firmware::Endpoint to_firmware(const ip::address& address, std::uint16_t port) {
  firmware::Endpoint endpoint{};
  endpoint.port = port;
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    std::ranges::copy(bytes, endpoint.address);
    endpoint.address_length = bytes.size();
  } else {
    const auto bytes = address.to_v6().to_bytes();
    std::ranges::copy(bytes, endpoint.address);
    endpoint.address_length = bytes.size();
    endpoint.scope = static_cast<std::uint32_t>(address.to_v6().scope_id());
  }
  return endpoint;
}

ip::address to_asio(const firmware::Endpoint& endpoint) {
  if (endpoint.address_length == 4) {
    ip::address_v4::bytes_type bytes{};
    std::copy_n(endpoint.address, bytes.size(), bytes.begin());
    return ip::address_v4(bytes);
  }
  ip::address_v6::bytes_type bytes{};
  std::copy_n(endpoint.address, bytes.size(), bytes.begin());
  return ip::address_v6(bytes, endpoint.scope);
}

std::string to_text(const firmware::Endpoint& endpoint) {
  const std::string address = to_asio(endpoint).to_string();
  const std::string port = std::to_string(endpoint.port);
  return endpoint.address_length == 4 ? address + ":" + port : "[" + address + "]:" + port;
}

}  // namespace otatool::announce
