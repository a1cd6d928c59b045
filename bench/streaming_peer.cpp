// The plainest fast sender there can be: one invitation, then the whole image into the socket while
// replies are read. No password, no retries, no limit. What `otatool upload` is measured against.
//   streaming_peer DEVICE_ADDRESS UDP_PORT IMAGE
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "otatool/espota/digest.hpp"

namespace {

constexpr int kPatienceMs = 30'000;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in endpoint(const char* address, const char* port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  if (inet_pton(AF_INET, address, &result.sin_addr) != 1) {
    die("address");
  }
  return result;
}

/// Streams `image` into `connection` and returns what the device said until "OK" or its end.
std::string stream(int connection, const std::vector<char>& image) {
  std::size_t sent = 0;
  std::string said;
  while (!said.ends_with("OK")) {
    pollfd ready{
        connection, static_cast<short>(sent < image.size() ? POLLIN | POLLOUT : POLLIN), 0};
    if (poll(&ready, 1, kPatienceMs) <= 0) {
      die("poll");
    }
    if ((ready.revents & (POLLIN | POLLERR | POLLHUP)) != 0) {
      std::array<char, 4096> buffer{};
      const ssize_t length = read(connection, buffer.data(), buffer.size());
      if (length <= 0) {
        return said;
      }
      said.append(buffer.data(), static_cast<std::size_t>(length));
    }
    if ((ready.revents & POLLOUT) != 0) {
      const ssize_t length = write(connection, image.data() + sent, image.size() - sent);
      sent += length > 0 ? static_cast<std::size_t>(length) : 0;
    }
  }
  return said;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: streaming_peer DEVICE_ADDRESS UDP_PORT IMAGE\n", stderr);
    return 2;
  }
  std::ifstream file(argv[3], std::ios::binary);
  const std::vector<char> image{std::istreambuf_iterator<char>(file),
                                std::istreambuf_iterator<char>()};
  const sockaddr_in device = endpoint(argv[1], argv[2]);

  const int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(datagrams, reinterpret_cast<const sockaddr*>(&device), sizeof device) != 0 ||
      listen(listener, 1) != 0) {
    die("socket");
  }
  sockaddr_in local{};
  socklen_t length = sizeof local;
  getsockname(listener, reinterpret_cast<sockaddr*>(&local), &length);
  const std::string invitation = fmt::format(
      "0 {} {} {}\n",
      ntohs(local.sin_port),
      image.size(),
      otatool::espota::md5_hex(otatool::as_bytes(std::string_view(image.data(), image.size()))));
  pollfd incoming{listener, POLLIN, 0};
  for (int tries = 0; tries < 10 && incoming.revents == 0; ++tries) {
    if (write(datagrams, invitation.data(), invitation.size()) < 0 ||
        poll(&incoming, 1, 1'000) < 0) {
      die("invitation");
    }
  }
  const int connection = accept(listener, nullptr, nullptr);
  if (connection < 0) {
    die("accept");
  }
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(connection, F_SETFL, O_NONBLOCK);
  return stream(connection, image).ends_with("OK") ? 0 : 1;
}
