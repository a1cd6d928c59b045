// A running device that announces itself, and a legacy unicast resolver that queries it: one
// without mDNS knowledge, so that only it receives the answers.
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

#include "tests/firmware/support/dns_text.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/process.hpp"

namespace otatool::test {

class Asker {
 public:
  /// Multicasts through this interface; the packets are received on this computer too.
  explicit Asker(int wait_seconds = 5, const char* interface = "lo")
      : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{wait_seconds, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ip_mreqn outgoing{};
    outgoing.imr_ifindex = static_cast<int>(if_nametoindex(interface));
    if (std::string(interface) == "lo") {
      outgoing.imr_address.s_addr = htonl(INADDR_LOOPBACK);
    }
    setsockopt(socket_, IPPROTO_IP, IP_MULTICAST_IF, &outgoing, sizeof outgoing);
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  ~Asker() { close(socket_); }

  std::optional<firmware::testing::DnsAnswer> ask(const char* address,
                                                  const firmware::testing::DnsQuery& query,
                                                  std::uint16_t port = 5353) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, address, &to.sin_addr);
    const std::string bytes = query.bytes();
    sendto(
        socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    return receive();
  }

  /// The next answer to the same query.
  std::optional<firmware::testing::DnsAnswer> receive() {
    std::string answer(9000, '\0');
    const ssize_t length = recv(socket_, answer.data(), answer.size(), 0);
    if (length < 0) {
      return std::nullopt;
    }
    answer.resize(static_cast<std::size_t>(length));
    return firmware::testing::DnsAnswer(answer);
  }

 private:
  int socket_;
};

inline firmware::testing::DnsQuery browse() {
  firmware::testing::DnsQuery query;
  query.ask("_arduino._tcp.local", firmware::testing::kPtr);
  return query;
}

/// Runs with --json; `announced` is its event about the announcement.
struct Device {
  /// Runs in the network namespace of the process `within`, unless that is 0.
  explicit Device(std::vector<std::string> arguments, pid_t within = 0)
      : process(inside(within, call(std::move(arguments)))) {
    port = next("listening").value("udp", 0);
    announced = next("announced");
  }
  static ProgramCall call(std::vector<std::string> arguments) {
    ProgramCall call{.program = OTATOOL_BINARY};
    call.arguments = {"device", "--port", "0", "--json"};
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    return call;
  }
  static ProgramCall inside(pid_t within, ProgramCall call) {
    if (within != 0) {
      call.arguments.insert(call.arguments.begin(),
                            {"-n", "-t", std::to_string(within), call.program});
      call.program = "/usr/bin/nsenter";
    }
    return call;
  }
  nlohmann::json next(const std::string& event) { return next_event(process, event); }
  [[nodiscard]] std::string service(const std::string& name) const {
    return name + "._arduino._tcp.local 33 1 10 " + std::to_string(port) + " " + name + ".local";
  }

  Process process;
  int port = 0;
  nlohmann::json announced;
};

}  // namespace otatool::test
