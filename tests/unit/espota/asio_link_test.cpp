// The sockets of an attempt: whose datagrams and connections they take. The device has the address
// 127.0.0.2, a stranger 127.0.0.3.
#include "espota/asio_link.hpp"

#include <array>
#include <optional>
#include <string>
#include <variant>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <gtest/gtest.h>

#include "tests/support/patience.hpp"

namespace otatool::espota {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

constexpr const char* kDevice = "127.0.0.2";
constexpr const char* kStranger = "127.0.0.3";

asio::awaitable<void> wait_for(AsioLink& link, std::optional<Event>& event) {
  event = co_await link.next_event(test::kPatience);
}

class AsioLinkTest : public testing::Test {
 protected:
  void open(bool any_peer) {
    LinkOptions options;
    options.device = asio::ip::make_address(kDevice);
    options.local.address = "127.0.0.1";
    options.any_peer = any_peer;
    link_.emplace(AsioLink::open(io_, options).value());
    // The device learns the UDP port of the link from a datagram.
    udp::socket device = udp_from(kDevice);
    link_->send(SendDatagram{"hello", {device.local_endpoint().port()}, Millis(0)});
    std::array<char, 16> bytes{};
    device.receive_from(asio::buffer(bytes), link_port_);
  }
  udp::socket udp_from(const char* address) {
    return {peers_, udp::endpoint(asio::ip::make_address(address), 0)};
  }
  void send_from(const char* address, const std::string& text) {
    udp_from(address).send_to(asio::buffer(text), link_port_);
  }
  tcp::socket connect_from(const char* address) {
    tcp::socket socket(peers_, tcp::endpoint(asio::ip::make_address(address), 0));
    socket.connect({asio::ip::make_address("127.0.0.1"), link_->host_port()});
    return socket;
  }
  template <typename Wanted>
  std::optional<Wanted> next() {
    std::optional<Event> event;
    asio::co_spawn(io_, wait_for(*link_, event), asio::detached);
    while (!event && io_.run_one() != 0) {
    }
    const auto* const wanted = event ? std::get_if<Wanted>(&*event) : nullptr;
    return wanted == nullptr ? std::nullopt : std::optional(*wanted);
  }

  asio::io_context io_;
  asio::io_context peers_;
  std::optional<AsioLink> link_;
  udp::endpoint link_port_;
};

TEST_F(AsioLinkTest, IgnoresDatagramsFromOtherAddresses) {
  open(false);
  send_from(kStranger, "OK");
  const auto ignored = next<ReplyIgnored>();
  ASSERT_TRUE(ignored);
  EXPECT_EQ(ignored->address, kStranger);
  send_from(kDevice, "OK");
  const auto received = next<DatagramReceived>();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->bytes, "OK");
}

TEST_F(AsioLinkTest, ClosesConnectionsFromOtherAddresses) {
  open(false);
  tcp::socket stranger = connect_from(kStranger);
  const auto refused = next<PeerRefused>();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->address, kStranger);
  boost::system::error_code error;
  std::array<char, 1> byte{};
  EXPECT_EQ(stranger.read_some(asio::buffer(byte), error), 0U);
  EXPECT_EQ(error, asio::error::eof);
  const tcp::socket device = connect_from(kDevice);
  EXPECT_TRUE(next<DeviceConnected>());
}

TEST_F(AsioLinkTest, TakesBothFromAnyAddressOnRequest) {
  open(true);
  send_from(kStranger, "OK");
  EXPECT_TRUE(next<DatagramReceived>());
  const tcp::socket stranger = connect_from(kStranger);
  EXPECT_TRUE(next<DeviceConnected>());
}

}  // namespace
}  // namespace otatool::espota
