#include "firmware/port/sockets/socket_link.hpp"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

namespace otatool::firmware {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

/// A TCP segment, which is more than a chip's sockets give at once.
constexpr size_t kPiece = 1460;

sockaddr_in address_of(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  memcpy(&address.sin_addr, endpoint.address, sizeof(address.sin_addr));
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int open_socket(int type) {
  const int socket = ::socket(AF_INET, type, 0);
  if (socket >= 0 && fcntl(socket, F_SETFL, fcntl(socket, F_GETFL, 0) | O_NONBLOCK) != 0) {
    ::close(socket);
    return -1;
  }
  return socket;
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

bool SocketLink::begin(Receiver& receiver, uint16_t port) {
  receiver_ = &receiver;
  udp_ = open_socket(SOCK_DGRAM);
  Endpoint any{{}, 4, 0, port};
  const sockaddr_in address = address_of(any);
  if (udp_ < 0 || bind(udp_, generic(address), sizeof(address)) != 0) {
    end();
    return false;
  }
  return true;
}

uint16_t SocketLink::port() const {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  return udp_ >= 0 && getsockname(udp_, reinterpret_cast<sockaddr*>(&address), &length) == 0
             ? ntohs(address.sin_port)
             : 0;
}

void SocketLink::end() {
  drop();
  if (udp_ >= 0) {
    ::close(udp_);
    udp_ = kNone;
  }
}

void SocketLink::poll() {
  pass_datagrams();
  if (connect_failed_) {
    connect_failed_ = false;
    receiver_->on_connect_failed(now_());
  }
  if (tcp_ >= 0 && connecting_) {
    pass_connection();
  }
  if (tcp_ >= 0 && !connecting_) {
    flush();
    pass_bytes();
  }
}

void SocketLink::wait(uint32_t milliseconds) const {
  fd_set readable;
  fd_set writable;
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  if (udp_ >= 0) {
    FD_SET(udp_, &readable);
  }
  if (tcp_ >= 0 && !connecting_) {
    FD_SET(tcp_, &readable);
  }
  if (tcp_ >= 0 && (connecting_ || queued_ != 0)) {
    FD_SET(tcp_, &writable);
  }
  timeval limit{};
  limit.tv_sec = static_cast<decltype(limit.tv_sec)>(milliseconds / 1'000);
  limit.tv_usec = static_cast<decltype(limit.tv_usec)>(milliseconds % 1'000 * 1'000);
  select((udp_ < tcp_ ? tcp_ : udp_) + 1, &readable, &writable, nullptr, &limit);
}

void SocketLink::pass_datagrams() {
  char bytes[kMaxDatagram + 1];
  sockaddr_in sender{};
  socklen_t length = sizeof(sender);
  ssize_t count = 0;
  while (udp_ >= 0 &&
         (count = recvfrom(
              udp_, bytes, sizeof(bytes), 0, reinterpret_cast<sockaddr*>(&sender), &length)) >= 0) {
    Endpoint from{{}, 4, 0, ntohs(sender.sin_port)};
    memcpy(from.address, &sender.sin_addr, sizeof(sender.sin_addr));
    const auto size = static_cast<size_t>(count);
    if (size <= kMaxDatagram && (listener_ == nullptr || !listener_->handles(from, bytes, size))) {
      receiver_->on_datagram(from, bytes, size, now_());
    }
    length = sizeof(sender);
  }
}

void SocketLink::send_datagram(const Endpoint& to, const char* bytes, size_t length) {
  const sockaddr_in address = address_of(to);
  sendto(udp_, bytes, length, kSendFlags, generic(address), sizeof(address));
}

void SocketLink::connect(const Endpoint& to) {
  const sockaddr_in address = address_of(to);
  const int on = 1;
  tcp_ = open_socket(SOCK_STREAM);
  connecting_ = true;
  finishing_ = finished_ = false;
  queued_ = 0;
  if (tcp_ < 0) {
    connect_failed_ = true;
    return;
  }
  setsockopt(tcp_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::connect(tcp_, generic(address), sizeof(address)) != 0 && errno != EINPROGRESS) {
    drop();
    connect_failed_ = true;
  }
}

void SocketLink::pass_connection() {
  fd_set writable;
  FD_ZERO(&writable);
  FD_SET(tcp_, &writable);
  timeval at_once{};
  if (select(tcp_ + 1, nullptr, &writable, nullptr, &at_once) <= 0) {
    return;
  }
  int error = 0;
  socklen_t length = sizeof(error);
  if (getsockopt(tcp_, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) {
    end_connection(true);
    return;
  }
  connecting_ = false;
  receiver_->on_connected(now_());
}

// One piece in each turn: the receiver writes it to flash.
void SocketLink::pass_bytes() {
  uint8_t bytes[kPiece];
  const ssize_t count = tcp_ < 0 ? -1 : recv(tcp_, bytes, sizeof(bytes), 0);
  if (count > 0) {
    receiver_->on_bytes(bytes, static_cast<size_t>(count), now_());
  } else if (tcp_ >= 0 && (count == 0 || !would_block())) {
    end_connection(false);
  }
}

bool SocketLink::send(const char* bytes, size_t length) {
  if (tcp_ < 0 || length > sizeof(queue_) - queued_) {
    return false;
  }
  memcpy(queue_ + queued_, bytes, length);
  queued_ += length;
  flush();
  return true;
}

void SocketLink::flush() {
  if (queued_ != 0) {
    const ssize_t sent = ::send(tcp_, queue_, queued_, kSendFlags);
    if (sent > 0) {
      queued_ -= static_cast<size_t>(sent);
      memmove(queue_, queue_ + sent, queued_);
    }
  }
  if (finishing_ && !finished_ && queued_ == 0) {
    finished_ = true;
    shutdown(tcp_, SHUT_WR);
  }
}

void SocketLink::close() {
  if (tcp_ >= 0) {
    finishing_ = true;
    flush();
  }
}

void SocketLink::drop() {
  connect_failed_ = false;
  if (tcp_ < 0) {
    return;
  }
  // Without a FIN the peer learns by a reset that the connection has failed.
  const linger abort{1, 0};
  if (!finished_) {
    setsockopt(tcp_, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  }
  ::close(tcp_);
  tcp_ = kNone;
}

void SocketLink::end_connection(bool failed) {
  ::close(tcp_);
  tcp_ = kNone;
  if (failed) {
    receiver_->on_connect_failed(now_());
  } else {
    receiver_->on_closed(now_());
  }
}

}  // namespace otatool::firmware
