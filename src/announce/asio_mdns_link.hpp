// One announcer of firmware/core on the multicast DNS port of one interface and address family.
// Shares the port with other programs on this computer.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/result.hpp"

#include "announce/network_interfaces.hpp"
#include "firmware/core/mdns/probing_announcer.hpp"

namespace otatool::announce {

/// Datagrams that a service recently sent to the group. It receives them again, also on other links
/// of the same network, and must ignore them.
class OwnDatagrams {
 public:
  void add(std::string_view datagram);
  [[nodiscard]] bool contain(std::string_view datagram) const;

 private:
  std::deque<std::string> datagrams_;
};

class AsioMdnsLink {
 public:
  using udp = boost::asio::ip::udp;

  /// Called when claim() changes. The listener may claim() other names.
  using Listener = std::function<void()>;

  /// `port` is 5353 except in isolated test networks. All links of a service share `own`.
  AsioMdnsLink(boost::asio::io_context& context,
               const NetworkInterface& interface,
               const udp& family,
               std::uint16_t port,
               OwnDatagrams& own,
               Listener listener);
  AsioMdnsLink(const AsioMdnsLink&) = delete;
  AsioMdnsLink& operator=(const AsioMdnsLink&) = delete;

  /// Joins the group, and listens at each of the interface's addresses for unicast queries.
  /// ListenFailed if joining fails.
  [[nodiscard]] Result<void> open();
  /// Announces `announcement` with the interface's addresses after probing its names. Its texts
  /// must outlive the link.
  void claim(const firmware::Announcement& announcement);
  /// Announces a changed record under the same names, without probing.
  void announce(const firmware::Announcement& announcement);
  [[nodiscard]] firmware::ProbingAnnouncer::Claim claim() const { return announcer_.claim(); }
  /// Sends goodbye and closes the sockets.
  void stop();

 private:
  /// The group's socket is the first; the reply to a datagram leaves through the socket that
  /// received it.
  struct Receiver {
    explicit Receiver(boost::asio::io_context& context) : socket(context) {}
    udp::socket socket;
    udp::endpoint sender;
    std::array<std::uint8_t, 9000> datagram;  ///< the largest of mDNS (RFC 6762 17)
  };

  boost::system::error_code listen(const udp::endpoint& local, bool group);
  void receive(Receiver& receiver);
  void on_datagram(Receiver& receiver, std::size_t length);
  void send_due();
  void send_to_group(const firmware::MdnsReply& reply);
  void take(firmware::Announcement announcement);
  [[nodiscard]] udp::endpoint group() const;

  boost::asio::io_context& context_;
  NetworkInterface interface_;
  udp family_;
  std::uint16_t port_;
  firmware::ProbingAnnouncer announcer_;
  std::list<Receiver> receivers_;
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
  OwnDatagrams& own_;
  Listener listener_;
  firmware::ProbingAnnouncer::Claim reported_ = firmware::ProbingAnnouncer::Claim::Unknown;
};

}  // namespace otatool::announce
