#include "tests/support/cut_connection.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace otatool::test {
namespace {

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

std::uint16_t port_of(int socket) {
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &length);
  return ntohs(bound.sin_port);
}

bool connect_to(int socket, std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string receive(int socket, std::size_t most) {
  std::string bytes(most, '\0');
  const ssize_t count = recv(socket, bytes.data(), bytes.size(), 0);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

constexpr std::size_t kMost = 65'536;
/// Of the connection to the host, in bytes. As small as a device's: the host takes bytes that wait
/// here for delivered.
constexpr int kReceiveBuffer = 8'192;

}  // namespace

CutConnection::CutConnection(std::uint16_t device_port, std::size_t bytes)
    : cut_after_(bytes),
      front_(bound_socket(SOCK_DGRAM)),
      back_(bound_socket(SOCK_DGRAM)),
      listener_(bound_socket(SOCK_STREAM)) {
  EXPECT_TRUE(connect_to(back_, device_port));
  EXPECT_EQ(listen(listener_, 4), 0);
  EXPECT_EQ(pipe2(stop_, O_CLOEXEC), 0);
  thread_ = std::thread([this] { run(); });
}

CutConnection::~CutConnection() {
  close(stop_[1]);
  thread_.join();
  end_connection();
  for (const int descriptor : {front_, back_, listener_, stop_[0]}) {
    close(descriptor);
  }
}

std::string CutConnection::target() const {
  return "127.0.0.1:" + std::to_string(port_of(front_));
}

std::vector<std::string> CutConnection::carried() const {
  const std::lock_guard lock(mutex_);
  return carried_;
}

void CutConnection::run() {
  enum : std::size_t { Stop, Host, Device, Connection, Image, Replies };
  for (;;) {
    // poll(2) leaves out negative descriptors.
    std::array<pollfd, 6> waits = {{{stop_[0], POLLIN, 0},
                                    {front_, POLLIN, 0},
                                    {back_, POLLIN, 0},
                                    {to_device_ < 0 ? listener_ : -1, POLLIN, 0},
                                    {image_ended_ ? -1 : to_host_, POLLIN, 0},
                                    {to_device_, POLLIN, 0}}};
    if (poll(waits.data(), waits.size(), -1) < 0 || waits[Stop].revents != 0) {
      return;
    }
    if (waits[Host].revents != 0) {
      pass_invitation();
    } else if (waits[Device].revents != 0) {
      pass_answers();
    } else if (waits[Connection].revents != 0) {
      connect_to_host();
    } else if (waits[Replies].revents != 0) {
      pass_replies();
    } else if (waits[Image].revents != 0) {
      pass_image();
    }
  }
}

// An invitation is `COMMAND PORT SIZE MD5`; other datagrams stay as they are.
void CutConnection::pass_invitation() {
  std::string text(kMost, '\0');
  sockaddr_in sender{};
  socklen_t length = sizeof sender;
  const ssize_t count =
      recvfrom(front_, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&sender), &length);
  if (count < 0) {
    return;
  }
  text.resize(static_cast<std::size_t>(count));
  host_udp_port_ = ntohs(sender.sin_port);
  std::istringstream words(text);
  int command = 0;
  std::uint16_t port = 0;
  std::string rest;
  if (words >> command >> port && std::getline(words, rest) && command == 0) {
    host_tcp_port_ = port;
    text = "0 " + std::to_string(port_of(listener_)) + rest + "\n";
  }
  send(back_, text.data(), text.size(), MSG_NOSIGNAL);
}

void CutConnection::pass_answers() const {
  const std::string text = receive(back_, kMost);
  const sockaddr_in host = loopback(host_udp_port_);
  sendto(front_,
         text.data(),
         text.size(),
         MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&host),
         sizeof host);
}

void CutConnection::connect_to_host() {
  to_device_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  to_host_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(setsockopt(to_host_, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer), 0);
  image_ended_ = false;
  const std::lock_guard lock(mutex_);
  carried_.emplace_back();
  if (!connect_to(to_host_, host_tcp_port_)) {
    image_ended_ = true;
    shutdown(to_device_, SHUT_WR);
  }
}

std::size_t CutConnection::left() const {
  const std::lock_guard lock(mutex_);
  return carried_.size() == 1 ? cut_after_ - carried_.back().size() : kMost;
}

void CutConnection::pass_image() {
  const std::string bytes = receive(to_host_, std::min(left(), kMost));
  send_all(to_device_, bytes);
  {
    const std::lock_guard lock(mutex_);
    carried_.back() += bytes;
  }
  // The host notices nothing before the device has read every byte and closed.
  if (bytes.empty() || left() == 0) {
    image_ended_ = true;
    shutdown(to_device_, SHUT_WR);
  }
}

void CutConnection::pass_replies() {
  const std::string bytes = receive(to_device_, kMost);
  if (bytes.empty()) {
    end_connection();
  } else {
    send_all(to_host_, bytes);
  }
}

void CutConnection::end_connection() {
  for (int* const socket : {&to_device_, &to_host_}) {
    if (*socket >= 0) {
      close(*socket);
      *socket = -1;
    }
  }
}

}  // namespace otatool::test
