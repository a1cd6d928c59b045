#include "device/receiver/tcp_window.hpp"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace otatool::device {

/// On loopback a single segment would exceed the window. Linux doubles the
/// given buffer size, and counts its bookkeeping for each segment.
void bound_window(int socket, std::size_t window) {
  constexpr int kSegments = 4;
  constexpr int kBookkeeping = 800;
  const int bytes = static_cast<int>(window);
  const int segment = std::clamp(bytes / kSegments, 536, 1460);
  const int buffer = std::max(bytes, (bytes + kSegments * kBookkeeping) / 2);
  setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  setsockopt(socket, IPPROTO_TCP, TCP_WINDOW_CLAMP, &bytes, sizeof(bytes));
  setsockopt(socket, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
}

}  // namespace otatool::device
