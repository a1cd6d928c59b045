// A device's end of multicast DNS as the stock cores have it (discovery.md 1.1, 1.3): hears
// queries, says what it answers and when. No sockets, no clock; chance is seeded.
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
  double query_loss = 0;         ///< of the queries, at random
  bool one_second_rule = false;  ///< never multicasts its records twice within a second
  bool pointer_only = false;     ///< leaves SRV, TXT and A to further queries
  bool two_packets = false;      ///< addresses come in a packet of their own
};

/// ESP8266: answers from its callback. ESP32: waits, as for shared records.
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

  /// What is sent after `packet` arrived at `now` from somebody whose port is the mDNS port, or not
  /// (`legacy`).
  [[nodiscard]] std::vector<Answer> hear(Bytes packet, bool legacy, Millis now);
  /// The same for a packet that was read already.
  [[nodiscard]] std::vector<Answer> hear(const mdns::Message& query, bool legacy, Millis now);
  [[nodiscard]] std::vector<std::uint8_t> goodbye() const;
  /// All records at once, as after a boot.
  [[nodiscard]] std::vector<std::uint8_t> announcement() const;

  [[nodiscard]] const ResponderProfile& profile() const { return profile_; }
  [[nodiscard]] std::size_t heard() const { return heard_; }

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
  std::size_t heard_ = 0;
};

}  // namespace otatool::test
