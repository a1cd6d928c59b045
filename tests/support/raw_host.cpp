#include "tests/support/raw_host.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include "otatool/espota/digest.hpp"

#include "tests/support/patience.hpp"

namespace otatool::test {
namespace {

constexpr int kPatienceMillis = 1'000 * static_cast<int>(kPatience.count());

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool readable(int descriptor) {
  pollfd wait{descriptor, POLLIN, 0};
  return poll(&wait, 1, kPatienceMillis) == 1;
}

void require(bool ok, const char* what) {
  if (!ok) {
    throw std::runtime_error(what);
  }
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

RawHost::RawHost(std::uint16_t device_port)
    : device_port_(device_port),
      udp_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  require(udp_ >= 0 && listener_ >= 0, "socket");
  const sockaddr_in device = loopback(device_port);
  sockaddr_in local = loopback(0);
  require(connect(udp_, generic(device), sizeof(device)) == 0, "connect");
  require(bind(listener_, generic(local), sizeof(local)) == 0, "bind");
  require(listen(listener_, 4) == 0, "listen");
  socklen_t length = sizeof(local);
  require(getsockname(listener_, reinterpret_cast<sockaddr*>(&local), &length) == 0, "getsockname");
  tcp_port_ = ntohs(local.sin_port);
}

RawHost::~RawHost() {
  close();
  stop_listening();
  ::close(udp_);
}

void RawHost::send_datagram(std::string_view text) const {
  ::send(udp_, text.data(), text.size(), MSG_NOSIGNAL);
}

void RawHost::invite(std::string_view image, int command) const {
  invite_with_size(image, image.size(), command);
}

void RawHost::invite_with_size(std::string_view image,
                               std::size_t announced_size,
                               int command) const {
  send_datagram(std::to_string(command) + " " + std::to_string(tcp_port_) + " " +
                std::to_string(announced_size) + " " + espota::md5_hex(as_bytes(image)) + "\n");
}

std::optional<std::string> RawHost::receive_datagram() const {
  std::string text(2048, '\0');
  if (!readable(udp_)) {
    return std::nullopt;
  }
  const ssize_t length = recv(udp_, text.data(), text.size(), 0);
  if (length < 0) {
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(length));
  return text;
}

bool RawHost::authenticate(std::string_view password) const {
  const auto challenge = receive_datagram();
  if (!challenge || !challenge->starts_with("AUTH ")) {
    return false;
  }
  const std::string nonce = challenge->substr(5);
  const std::string cnonce(nonce.size(), 'c');
  const bool md5 = nonce.size() == 32;
  const Secret stored =
      espota::stored_form(password, md5 ? espota::PasswordForm::Md5 : espota::PasswordForm::Sha256);
  send_datagram("200 " + cnonce + " " +
                (md5 ? espota::md5_response(stored.reveal(), nonce, cnonce)
                     : espota::sha256_response(stored.reveal(), nonce, cnonce)) +
                "\n");
  return true;
}

bool RawHost::accept() {
  if (!readable(listener_)) {
    return false;
  }
  connection_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const int on = 1;
  setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return connection_ >= 0;
}

bool RawHost::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool RawHost::read_some() {
  char buffer[4096];
  if (!readable(connection_)) {
    return false;
  }
  const ssize_t count = recv(connection_, buffer, sizeof(buffer), 0);
  if (count <= 0) {
    return false;
  }
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::string RawHost::read_until(std::string_view end) {
  while (!received_.ends_with(end) && read_some()) {
  }
  return received_;
}

std::string RawHost::read_all() {
  while (read_some()) {
  }
  return received_;
}

void RawHost::close() {
  if (connection_ >= 0) {
    ::close(connection_);
    connection_ = -1;
    received_.clear();
  }
}

void RawHost::reset() {
  const linger at_once{1, 0};
  setsockopt(connection_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close();
}

void RawHost::stop_listening() {
  if (listener_ >= 0) {
    ::close(listener_);
    listener_ = -1;
  }
}

std::string sample_application(std::size_t size, std::uint32_t seed) {
  std::string image(size, '\0');
  for (char& byte : image) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 24);
  }
  if (!image.empty()) {
    image[0] = '\xE9';
  }
  return image;
}

}  // namespace otatool::test
