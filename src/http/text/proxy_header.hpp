// The header of the PROXY protocol, versions 1 and 2, that a proxy sends before the client's bytes
// (haproxy: doc/proxy-protocol.txt). Parses bytes; does not decide whom to believe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace otatool::http {

struct ProxyHeader {
  enum class Kind {
    Absent,     ///< the input does not begin with a header
    Partial,    ///< all of it belongs to a header that goes on
    Complete,   ///< a header of `length` bytes
    Malformed,  ///< a header that must not be believed
  };
  Kind kind = Kind::Absent;
  std::size_t length = 0;
  /// The client's address as text: decimal IPv4, or IPv6 in hexadecimal. Empty for a connection of
  /// the proxy itself (LOCAL, UNKNOWN) or of another kind than TCP.
  std::string client;
};

/// Bytes of the largest header that is taken.
inline constexpr std::size_t kLargestProxyHeader = 4096;

[[nodiscard]] ProxyHeader read_proxy_header(std::string_view input);

}  // namespace otatool::http
