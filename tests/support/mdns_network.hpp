// A querier and devices on one simulated network, in virtual time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mdns/search/querier.hpp"
#include "tests/support/mdns_responder.hpp"

namespace otatool::test {

class MdnsNetwork {
 public:
  explicit MdnsNetwork(mdns::Querier::Plan plan) : querier_(std::move(plan)) {}

  /// Adds a device that is reachable on these links and sends from `source`.
  std::size_t add(ResponderProfile profile, mdns::Ip source, std::vector<mdns::LinkId> links = {1});
  std::size_t add(ResponderProfile profile);  ///< sends from its first address, on link 1
  /// From `when` on the device neither receives nor sends.
  void remove(std::size_t device, Millis when);
  /// Delivers a packet to the querier as a multicast packet.
  void inject(Millis when, std::vector<std::uint8_t> packet, mdns::Origin origin);
  void inject(Millis when, mdns::DaemonAnswered answered);
  /// Drops unicast answers, like a firewall that blocks ephemeral ports.
  void drop_unicast_answers() { unicast_passes_ = false; }

  /// Runs until the search is done or until `until`.
  void run(Millis until = Millis(60'000));

  [[nodiscard]] std::vector<mdns::Device> devices() const { return querier_.devices(now_); }
  [[nodiscard]] Millis now() const { return now_; }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const std::vector<mdns::Transmission>& sent() const { return sent_; }
  /// `found kitchen`, `lost kitchen`, ... in order.
  [[nodiscard]] std::vector<std::string> changes() const;
  /// Time at which the last device was found.
  [[nodiscard]] Millis last_found() const { return last_found_; }
  [[nodiscard]] const std::vector<Millis>& change_times() const { return change_times_; }
  [[nodiscard]] MdnsResponder& responder(std::size_t device) { return devices_[device].responder; }

 private:
  struct Member {
    MdnsResponder responder;
    mdns::Ip source;
    std::vector<mdns::LinkId> links;
    Millis gone{Millis::max()};
  };

  void step(const mdns::QuerierEvent& event);
  void carry(const mdns::Transmission& transmission);
  void receive(Member& member, const mdns::Transmission& transmission, mdns::LinkId link);

  mdns::Querier querier_;
  std::vector<Member> devices_;
  std::multimap<Millis, std::function<void()>> pending_;
  std::vector<mdns::Transmission> sent_;
  std::vector<mdns::DeviceChange> changes_;
  std::vector<Millis> change_times_;
  Millis now_{0};
  Millis deadline_{0};
  Millis last_found_{0};
  bool unicast_passes_ = true;
  bool done_ = false;
};

/// Plan of a search for `types` on `links` IPv4 links.
[[nodiscard]] mdns::Querier::Plan plan_for(const std::vector<std::string>& types,
                                           std::size_t links = 1);

}  // namespace otatool::test
