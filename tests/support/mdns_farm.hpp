// Many responders on sockets of one interface: each speaks from an address of its own, as devices
// do. Linux only; on loopback every 127.x.y.z is such an address.
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
  /// On the interface of this name, at `port`.
  MdnsFarm(std::string interface, std::uint16_t port);
  MdnsFarm(const MdnsFarm&) = delete;
  MdnsFarm& operator=(const MdnsFarm&) = delete;
  ~MdnsFarm();

  /// `ipv6` devices speak from their first IPv6 address, all others from their first IPv4 one.
  [[nodiscard]] Result<void> add(const ResponderProfile& profile, bool ipv6 = false);
  /// Answers for some time, or until `input` can be read.
  void serve(std::chrono::milliseconds time, int input);
  /// From now on the device is silent; with a goodbye or without.
  void remove(std::size_t device, bool goodbye);
  /// Multicasts a packet as it is, from the address of a device.
  void send(std::size_t device, const std::vector<std::uint8_t>& packet);

 private:
  struct Device;
  struct Pending;

  [[nodiscard]] Result<int> open_group(bool ipv6);
  [[nodiscard]] mdns::Millis now() const;
  void hear(int socket, Device* only);
  void multicast(const Device& device, const std::vector<std::uint8_t>& packet);

  std::string interface_;
  std::uint16_t port_;
  unsigned index_;
  std::map<bool, int> groups_;  ///< by `ipv6`
  std::vector<std::unique_ptr<Device>> devices_;
  std::multimap<mdns::Millis, Pending> pending_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace otatool::test
