// Many mDNS responders on the sockets of one interface. Each device sends from its own address;
// on loopback every 127.x.y.z is usable. Linux only.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "otatool/result.hpp"

#include "tests/support/mdns_responder.hpp"

namespace otatool::test {

class MdnsFarm {
 public:
  /// On the interface with this name and on UDP port `port`.
  MdnsFarm(std::string interface, std::uint16_t port);
  MdnsFarm(const MdnsFarm&) = delete;
  MdnsFarm& operator=(const MdnsFarm&) = delete;
  ~MdnsFarm();

  /// The device sends from its first IPv6 address if `ipv6`, otherwise from its first IPv4 address.
  [[nodiscard]] Result<void> add(const ResponderProfile& profile, bool ipv6 = false);
  /// Answers queries for `time`, or until `input` is readable.
  void serve(std::chrono::milliseconds time, int input);
  /// The device sends a goodbye (or not) and then nothing more.
  void remove(std::size_t device, bool goodbye);
  /// Multicasts `packet` unchanged from the address of a device.
  void send(std::size_t device, const std::vector<std::uint8_t>& packet);

 private:
  struct Device;
  struct Pending;

  [[nodiscard]] Result<int> open_group(bool ipv6);
  [[nodiscard]] mdns::Millis now() const;
  bool receive(int socket, Device* only);
  void answer();
  void multicast(const Device& device, const std::vector<std::uint8_t>& packet);

  std::string interface_;
  std::uint16_t port_;
  unsigned index_;
  std::map<bool, int> groups_;  ///< key: IPv6 or not
  std::vector<std::unique_ptr<Device>> devices_;
  std::multimap<mdns::Millis, Pending> pending_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace otatool::test
