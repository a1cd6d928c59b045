#include "tests/support/hostile_peer.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace otatool::test {
namespace {

constexpr int kDripInterval = 20;  // milliseconds

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound_socket(int type) {
  const int socket = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const sockaddr_in any = loopback(0);
  EXPECT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  return socket;
}

std::string port_of(int socket) {
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &length);
  return std::to_string(ntohs(bound.sin_port));
}

}  // namespace

bool HostileConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string HostileConnection::receive() const {
  std::string bytes(4'096, '\0');
  const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

std::string HostileConnection::receive_header() const {
  std::string text;
  while (text.find("\r\n\r\n") == std::string::npos) {
    const std::string bytes = receive();
    if (bytes.empty()) {
      return {};
    }
    text += bytes;
  }
  return text;
}

void HostileConnection::drip(std::string_view bytes) const {
  for (std::size_t i = 0; send(bytes.substr(i, 1)); i += i + 1 < bytes.size() ? 1 : 0) {
    pollfd closed{socket_, POLLRDHUP, 0};
    if (poll(&closed, 1, kDripInterval) > 0) {
      return;
    }
  }
}

HostileServer::HostileServer(HostilePlay play, int window)
    : listener_(bound_socket(SOCK_STREAM)), port_(port_of(listener_)) {
  if (window != 0) {
    EXPECT_EQ(setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window)), 0);
  }
  EXPECT_EQ(listen(listener_, 8), 0);
  thread_ = std::thread([this, play = std::move(play)] { run(play); });
}

HostileServer::~HostileServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void HostileServer::run(const HostilePlay& play) {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      return;
    }
    ++connections_;
    play(HostileConnection(socket));
    close(socket);
  }
}

HostileDevice::HostileDevice(HostilePlay play, int window)
    : datagrams_(bound_socket(SOCK_DGRAM)), port_(port_of(datagrams_)) {
  thread_ = std::thread([this, play = std::move(play), window] { run(play, window); });
}

HostileDevice::~HostileDevice() {
  shutdown(datagrams_, SHUT_RDWR);
  thread_.join();
  close(datagrams_);
}

void HostileDevice::run(const HostilePlay& play, int window) const {
  std::array<char, 256> invitation{};
  for (;;) {
    sockaddr_in host{};
    socklen_t length = sizeof host;
    auto* const from = reinterpret_cast<sockaddr*>(&host);
    const ssize_t count =
        recvfrom(datagrams_, invitation.data(), invitation.size(), 0, from, &length);
    if (count <= 0) {
      return;
    }
    const std::string_view text(invitation.data(), static_cast<std::size_t>(count));
    std::uint16_t port = 0;  // `0 PORT SIZE MD5`
    if (!text.starts_with("0 ") ||
        std::from_chars(text.data() + 2, text.data() + text.size(), port).ec != std::errc{}) {
      continue;
    }
    sendto(datagrams_, "OK", 2, 0, from, length);
    const int socket = bound_socket(SOCK_STREAM);
    if (window != 0) {
      EXPECT_EQ(setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window)), 0);
    }
    const sockaddr_in to = loopback(port);
    if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
      play(HostileConnection(socket));
    }
    close(socket);
  }
}

}  // namespace otatool::test
