// The simplest server: answers every request with the same file by sendfile, with one thread per
// connection, and does not parse the request. It shows the limit of the kernel.
//   bare_sender PORT FILE
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace {

struct BareFile {
  int descriptor;
  off_t size;
  std::string head;
};

void answer_all(int connection, const BareFile& file) {
  std::array<char, 4096> request{};
  while (recv(connection, request.data(), request.size(), 0) > 0) {
    send(connection, file.head.data(), file.head.size(), MSG_NOSIGNAL | MSG_MORE);
    for (off_t at = 0; at < file.size;) {
      if (sendfile(connection, file.descriptor, &at, static_cast<std::size_t>(file.size - at)) <=
          0) {
        break;
      }
    }
  }
  close(connection);
}

[[noreturn]] void serve(std::uint16_t port, const char* path) {
  struct stat facts {};
  BareFile file{.descriptor = open(path, O_RDONLY | O_CLOEXEC), .size = 0, .head = {}};
  fstat(file.descriptor, &facts);
  file.size = facts.st_size;
  file.head =
      "HTTP/1.1 200 OK\r\nLast-Modified: never\r\nContent-Length: " + std::to_string(file.size) +
      "\r\n\r\n";
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener, SOMAXCONN) != 0) {
    std::exit(1);
  }
  while (true) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) {
      setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      std::thread(answer_all, connection, file).detach();
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // sendfile has no MSG_NOSIGNAL
  serve(static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2]);
}
