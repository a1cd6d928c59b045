// One announcer of firmware/core on the multicast DNS port of one interface and address family.
// Shares the port with whoever else on this host listens there.
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

/// What a service has lately sent to groups. It hears that again, on other links of the same
/// network too, and must not take it for somebody else's.
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

  /// Where its names stand has changed. The listener may claim() others.
  using Listener = std::function<void()>;

  /// `port` is 5353 but in networks of one's own; the announcer is none the wiser. `own` is shared
  /// by all links of a service.
  AsioMdnsLink(boost::asio::io_context& context,
               const NetworkInterface& interface,
               const udp& family,
               std::uint16_t port,
               OwnDatagrams& own,
               Listener listener);
  AsioMdnsLink(const AsioMdnsLink&) = delete;
  AsioMdnsLink& operator=(const AsioMdnsLink&) = delete;

  /// Joins the group, and listens at each of the interface's addresses for questions to this host
  /// alone. ListenFailed when the group cannot be heard.
  [[nodiscard]] Result<void> open();
  /// Announces this from now on, with the interface's addresses, once its names are found to be
  /// free. Its texts outlive the link.
  void claim(const firmware::Announcement& announcement);
  /// The same under the names of before, at once.
  void announce(const firmware::Announcement& announcement);
  [[nodiscard]] firmware::ProbingAnnouncer::Claim claim() const { return announcer_.claim(); }
  /// Says goodbye and closes.
  void stop();

 private:
  /// The group's socket comes first; a datagram is answered through the one that it came to.
  struct Ear {
    explicit Ear(boost::asio::io_context& context) : socket(context) {}
    udp::socket socket;
    udp::endpoint sender;
    std::array<std::uint8_t, 9000> datagram;  ///< the largest of mDNS (RFC 6762 17)
  };

  boost::system::error_code listen(const udp::endpoint& local, bool group);
  void receive(Ear& ear);
  void on_datagram(Ear& ear, std::size_t length);
  void send_due();
  void send_to_group(const firmware::MdnsReply& reply);
  void take(firmware::Announcement announcement);
  [[nodiscard]] udp::endpoint group() const;

  boost::asio::io_context& context_;
  NetworkInterface interface_;
  udp family_;
  std::uint16_t port_;
  firmware::ProbingAnnouncer announcer_;
  std::list<Ear> ears_;
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
  OwnDatagrams& own_;
  Listener listener_;
  firmware::ProbingAnnouncer::Claim told_ = firmware::ProbingAnnouncer::Claim::Unknown;
};

}  // namespace otatool::announce
