#include "doctor/asio_self_test.hpp"

#include <array>
#include <chrono>
#include <list>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "delivery/asio_shared_port.hpp"

namespace otatool::doctor {
namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kEchoPatience{250};
constexpr std::uint32_t kGroup = 0xE00000FB;  // 224.0.0.251
/// An empty DNS response, which other programs at the mDNS port ignore.
constexpr std::array<std::uint8_t, 12> kEmptyResponse = {0, 0, 0x84};

template <typename Value>
bool set_option(udp::socket& socket, int level, int name, const Value& value) {
  return setsockopt(socket.native_handle(), level, name, &value, sizeof(value)) == 0;
}

/// Sends one packet through one interface to one port and waits for it to come back in.
class EchoTest {
 public:
  EchoTest(asio::io_context& context, InterfaceFacts& interface, Echo& result, std::uint16_t port)
      : receiver_(context), transmitter_(context), result_(result) {
    membership_.imr_multiaddr.s_addr = htonl(kGroup);
    membership_.imr_ifindex = static_cast<int>(if_nametoindex(interface.name.c_str()));
    error_code error;
    const auto own = asio::ip::make_address_v4(interface.addresses.front(), error);
    membership_.imr_address.s_addr = htonl(own.to_uint());
    receiver_.open(udp::v4(), error);
    const udp::endpoint group(asio::ip::address_v4(kGroup), port);
    if (error || delivery::bind_shared(receiver_, group) ||
        !set_option(receiver_, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership_) ||
        !set_option(receiver_, IPPROTO_IP, IP_MULTICAST_ALL, 0) ||
        transmitter_.open(udp::v4(), error) || transmitter_.bind(udp::endpoint(own, 0), error) ||
        !set_option(transmitter_, IPPROTO_IP, IP_MULTICAST_IF, membership_) ||
        !set_option(transmitter_, IPPROTO_IP, IP_MULTICAST_TTL, 0)) {
      return;
    }
    transmitter_.send_to(asio::buffer(kEmptyResponse), receiver_.local_endpoint(), 0, error);
    result_ = Echo::Dropped;
    listen();
  }

 private:
  void listen() {
    receiver_.async_receive_from(
        asio::buffer(datagram_), sender_, [this](error_code error, std::size_t) {
          if (error) {
            return;
          }
          error_code ignored;
          if (sender_.port() == transmitter_.local_endpoint(ignored).port()) {
            result_ = Echo::Heard;
          } else {
            listen();  // from another program at this port
          }
        });
  }

  udp::socket receiver_;
  udp::socket transmitter_;
  Echo& result_;
  ip_mreqn membership_{};
  udp::endpoint sender_;
  std::array<std::uint8_t, 512> datagram_{};
};

bool is_ipv4(const std::string& address) {
  return address.find(':') == std::string::npos;
}

}  // namespace

void test_echoes(std::vector<InterfaceFacts>& interfaces, std::uint16_t mdns_port) {
  asio::io_context context(1);
  std::list<EchoTest> tests;
  for (InterfaceFacts& interface : interfaces) {
    const bool possible = interface.up && interface.multicast && !interface.addresses.empty() &&
                          is_ipv4(interface.addresses.front());
    if (possible) {
      tests.emplace_back(context, interface, interface.mdns_echo, mdns_port);
      tests.emplace_back(context, interface, interface.other_echo, std::uint16_t{0});
    }
  }
  context.run_for(kEchoPatience);
}

std::optional<std::string> sharing_failure(std::uint16_t port) {
  asio::io_context context(1);
  udp::socket socket(context);
  error_code error;
  socket.open(udp::v4(), error);
  if (!error) {
    error = delivery::bind_shared(socket, udp::endpoint(udp::v4(), port));
  }
  return error ? std::optional(error.message()) : std::nullopt;
}

}  // namespace otatool::doctor
