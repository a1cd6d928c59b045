#include "mdns/message/ip.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace otatool::mdns {
namespace {

constexpr std::size_t kGroups = 8;

struct ZeroRun {
  std::size_t begin = kGroups;
  std::size_t length = 1;  ///< a single group is never shortened (RFC 5952 4.2.2)
};

unsigned group(const Ip& ip, std::size_t index) {
  return static_cast<unsigned>(ip.bytes.at(2 * index) << 8U | ip.bytes.at(2 * index + 1));
}

/// The first of the longest runs of zero groups.
ZeroRun longest_zeros(const Ip& ip) {
  ZeroRun longest;
  for (std::size_t begin = 0; begin < kGroups; ++begin) {
    std::size_t end = begin;
    while (end < kGroups && group(ip, end) == 0) {
      ++end;
    }
    if (end - begin > longest.length) {
      longest = {.begin = begin, .length = end - begin};
    }
  }
  return longest;
}

std::string ipv6_text(const Ip& ip) {
  const ZeroRun zeros = longest_zeros(ip);
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == zeros.begin) {
      text += "::";
      i += zeros.length - 1;
    } else {
      text += fmt::format("{}{:x}", text.empty() || text.ends_with(':') ? "" : ":", group(ip, i));
    }
  }
  return text;
}

}  // namespace

Ip::Ip(const Ipv4& address) {
  std::ranges::copy(address.bytes, bytes.begin());
}

Ip::Ip(const Ipv6& address) : bytes(address.bytes), ipv6(true) {}

bool is_loopback(const Ip& ip) {
  if (!ip.ipv6) {
    return ip.bytes[0] == 127;
  }
  return ip.bytes.back() == 1 &&
         std::all_of(ip.bytes.begin(), ip.bytes.end() - 1, [](auto byte) { return byte == 0; });
}

bool is_link_local(const Ip& ip) {
  return ip.ipv6 ? ip.bytes[0] == 0xFE && (ip.bytes[1] & 0xC0U) == 0x80
                 : ip.bytes[0] == 169 && ip.bytes[1] == 254;
}

bool is_unicast(const Ip& ip) {
  if (ip.ipv6) {
    const bool unspecified = std::ranges::all_of(ip.bytes, [](auto byte) { return byte == 0; });
    return !unspecified && ip.bytes[0] != 0xFF;
  }
  return ip.bytes[0] != 0 && ip.bytes[0] < 224;
}

std::string to_text(const Ip& ip, std::string_view interface) {
  if (!ip.ipv6) {
    return fmt::format("{}.{}.{}.{}", ip.bytes[0], ip.bytes[1], ip.bytes[2], ip.bytes[3]);
  }
  const bool scoped = is_link_local(ip) && !interface.empty();
  return scoped ? fmt::format("{}%{}", ipv6_text(ip), interface) : ipv6_text(ip);
}

}  // namespace otatool::mdns
