// The simplest fast espota sender, a peer for `otatool upload`: it invites the device and writes
// the image to the socket while it reads replies. No password, no retries, no limit on
// unacknowledged data.
//   streaming_peer DEVICE_ADDRESS UDP_PORT IMAGE MD5
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr int kTimeoutMs = 30'000;

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

/// Writes `image` to `connection` and returns the replies up to "OK" or the end of the connection.
std::string stream(int connection, const std::vector<char>& image) {
  std::size_t sent = 0;
  std::string replies;
  while (!replies.ends_with("OK")) {
    pollfd ready{
        connection, static_cast<short>(sent < image.size() ? POLLIN | POLLOUT : POLLIN), 0};
    if (poll(&ready, 1, kTimeoutMs) <= 0) {
      die("poll");
    }
    if ((ready.revents & (POLLIN | POLLERR | POLLHUP)) != 0) {
      std::array<char, 4096> buffer{};
      const ssize_t length = read(connection, buffer.data(), buffer.size());
      if (length <= 0) {
        return replies;
      }
      replies.append(buffer.data(), static_cast<std::size_t>(length));
    }
    if ((ready.revents & POLLOUT) != 0) {
      const ssize_t length = write(connection, image.data() + sent, image.size() - sent);
      sent += length > 0 ? static_cast<std::size_t>(length) : 0;
    }
  }
  return replies;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: streaming_peer DEVICE_ADDRESS UDP_PORT IMAGE MD5\n", stderr);
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
  const std::string invitation = "0 " + std::to_string(ntohs(local.sin_port)) + " " +
                                 std::to_string(image.size()) + " " + argv[4] + "\n";
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
