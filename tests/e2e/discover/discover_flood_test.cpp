// `otatool discover` in a flood of responses.
#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>

#include "otatool/mdns/browse.hpp"

#include "tests/e2e/discover/farm.hpp"

namespace otatool::test {
namespace {

using namespace std::chrono_literals;

/// A response without records, of a size that fills queues.
std::string empty_response() {
  std::string packet(1'200, '\0');
  packet[2] = '\x84';
  return packet;
}

/// Multicasts responses on loopback as fast as it can, from the mDNS port, until it is destroyed.
class Flood {
 public:
  explicit Flood(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_port = htons(port);
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&local), sizeof local), 0);
    ip_mreqn group{};
    group.imr_address.s_addr = htonl(INADDR_LOOPBACK);
    group.imr_ifindex = 1;
    EXPECT_EQ(setsockopt(socket_, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof group), 0);
    to_ = local;
    to_.sin_addr.s_addr = inet_addr("224.0.0.251");
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() {
    stop_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
    close(socket_);
  }

  void send_one() const {
    sendto(socket_,
           packet_.data(),
           packet_.size(),
           0,
           reinterpret_cast<const sockaddr*>(&to_),
           sizeof to_);
  }
  void start() {
    thread_ = std::thread([this] {
      while (!stop_) {
        send_one();
      }
    });
  }

 private:
  int socket_;
  sockaddr_in to_{};
  std::string packet_ = empty_response();
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

mdns::BrowseOptions loopback_only(std::uint16_t port) {
  mdns::BrowseOptions options;
  options.interfaces = {"lo"};
  options.backend = mdns::Backend::Native;
  options.mdns_port = port;
  options.watch = true;
  options.trace = true;
  return options;
}

std::size_t lost(const mdns::Browser& browser) {
  std::size_t count = 0;
  for (const mdns::LinkReport& link : browser.links()) {
    count += link.lost;
  }
  return count;
}

TEST(DiscoverFlood, EventsComeOneByOneWhileTheFloodGoesOn) {
  const std::uint16_t port = free_udp_port();
  auto browser = mdns::Browser::open(loopback_only(port));
  ASSERT_TRUE(browser) << browser.error().message();
  Flood flood(port);
  flood.start();
  for (int i = 0; i < 3'000; ++i) {
    (void)browser->next();  // without a bound, it collects events as long as packets come
  }
}

TEST(DiscoverFlood, CountsThePacketsThatTheSystemDropped) {
  const std::uint16_t port = free_udp_port();
  auto browser = mdns::Browser::open(loopback_only(port));
  ASSERT_TRUE(browser) << browser.error().message();
  (void)browser->next(0ms);
  const Flood flood(port);
  for (int i = 0; i < 20'000; ++i) {
    flood.send_one();  // 24 MB, more than a receive buffer holds
  }
  while (lost(*browser) == 0) {
    flood.send_one();
    (void)browser->next(100ms);
  }
  EXPECT_GT(lost(*browser), 0U);
}

TEST(DiscoverFlood, ASearchEndsInTimeAndReportsLostPackets) {
  const std::uint16_t port = free_udp_port();
  Flood flood(port);
  flood.start();
  const Outcome outcome = run(discover(port, {"--timeout", "1", "--json"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  const auto document = nlohmann::json::parse(outcome.output);
  EXPECT_TRUE(document["devices"].empty());
}

}  // namespace
}  // namespace otatool::test
