// The mDNS responder of the stock cores (discovery.md 1.1, 1.3): takes queries and returns answers
// with the time at which to send them. No sockets, no clock; random values come from a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "otatool/mdns/device.hpp"
#include "otatool/mdns/message.hpp"

namespace otatool::test {

using mdns::Millis;

struct ResponderProfile {
  std::string name = "kitchen";
  std::string type = "_arduino._tcp";
  std::string host = "kitchen.local";
  std::vector<mdns::Ipv4> addresses = {};
  std::vector<mdns::Ipv6> addresses6 = {};
  std::uint16_t port = 8266;
  std::vector<std::string> txt = {
      "tcp_check=no", "ssh_upload=no", "board=d1_mini", "auth_upload=no"};
  Millis earliest{2};
  Millis latest{20};
  double query_loss = 0;         ///< probability that the device misses a query
  bool one_second_rule = false;  ///< multicasts its records at most once a second
  bool pointer_only = false;     ///< sends SRV, TXT and A only on request
  bool two_packets = false;      ///< sends the addresses in a separate packet
};

/// The ESP8266 answers from its network callback; the ESP32 delays its answer, as RFC 6762 demands
/// for shared records.
[[nodiscard]] ResponderProfile esp8266_profile(unsigned number, mdns::Ipv4 address);
[[nodiscard]] ResponderProfile esp32_profile(unsigned number, mdns::Ipv4 address);

class MdnsResponder {
 public:
  struct Answer {
    Millis when;
    bool unicast;
    std::vector<std::uint8_t> packet;
  };

  MdnsResponder(ResponderProfile profile, std::uint32_t seed);

  /// The answers to `packet`, which arrives at `now`. `legacy`: the source port is not the mDNS
  /// port.
  [[nodiscard]] std::vector<Answer> receive(Bytes packet, bool legacy, Millis now);
  /// The same for a parsed packet.
  [[nodiscard]] std::vector<Answer> receive(const mdns::Message& query, bool legacy, Millis now);
  [[nodiscard]] std::vector<std::uint8_t> goodbye() const;
  /// All records in one packet, as after a boot.
  [[nodiscard]] std::vector<std::uint8_t> announcement() const;

  [[nodiscard]] const ResponderProfile& profile() const { return profile_; }
  [[nodiscard]] std::size_t received() const { return received_; }

 private:
  [[nodiscard]] mdns::Record pointer() const;
  [[nodiscard]] std::vector<mdns::Record> service_records() const;
  [[nodiscard]] std::vector<mdns::Record> address_records() const;
  [[nodiscard]] bool is_known(const mdns::Message& query) const;
  [[nodiscard]] std::vector<mdns::Message> answers_to(const mdns::Message& query) const;

  ResponderProfile profile_;
  mdns::Name type_;
  mdns::Name instance_;
  mdns::Name host_;
  std::mt19937 random_;
  std::optional<Millis> last_multicast_;
  std::size_t received_ = 0;
};

}  // namespace otatool::test
