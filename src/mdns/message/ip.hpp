// IP addresses of both families as values and as text. No sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "otatool/mdns/message.hpp"

namespace otatool::mdns {

/// An IP address. A link-local IPv6 address is valid only together with an interface.
struct Ip {
  std::array<std::uint8_t, 16> bytes{};  ///< IPv4: the first four
  bool ipv6 = false;

  Ip() = default;
  explicit Ip(const Ipv4& address);
  explicit Ip(const Ipv6& address);
  friend bool operator==(const Ip&, const Ip&) = default;
  friend bool operator<(const Ip& left, const Ip& right) {
    return std::tie(left.ipv6, left.bytes) < std::tie(right.ipv6, right.bytes);
  }
};

[[nodiscard]] bool is_loopback(const Ip& ip);
[[nodiscard]] bool is_link_local(const Ip& ip);
/// True if the address is not unspecified, multicast or broadcast. DNS sinkholes answer 0.0.0.0
/// (discovery.md 6).
[[nodiscard]] bool is_unicast(const Ip& ip);

/// Dotted decimal, or RFC 5952 with `%interface` after a link-local address.
[[nodiscard]] std::string to_text(const Ip& ip, std::string_view interface);

}  // namespace otatool::mdns
