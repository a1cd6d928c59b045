// The invitations of an attempt: when the next one is due at which port, and how many of them the
// device may still have in its queue. Part of Handshake; no sockets, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "otatool/espota/session.hpp"

namespace otatool::espota {

class Invitations {
 public:
  /// Ports and intervals come from `plan`, which must outlive this object.
  explicit Invitations(const Plan& plan);

  /// The ports whose invitation is due at `now`. Counts it as sent and schedules the next one.
  [[nodiscard]] std::vector<std::uint16_t> take_due(Millis now);
  [[nodiscard]] Millis next() const;
  /// Makes an invitation due at every port.
  void make_due();
  /// The same, with the shortest intervals after it.
  void restart();

  /// Makes every later interval at least as long as `shortest`, or 7 s.
  void slow_down(Millis shortest);

  /// A reply came from `port`: the device listens there, if it is one of the ports.
  void on_reply(std::uint16_t port);
  /// The device queues datagrams, whatever the plan says.
  void set_queueing();
  /// ICMP: nothing arrived at `port`, or at any port. So the queue there is empty, and the next
  /// invitation may come soon.
  void on_not_delivered(std::uint16_t port, Millis now);
  void on_not_delivered(Millis now);
  /// Removes a port at which nothing listens. False if it is the only one.
  [[nodiscard]] bool remove(std::uint16_t port);

  [[nodiscard]] std::vector<std::uint16_t> ports() const;
  /// Rounds of invitations sent.
  [[nodiscard]] unsigned sent() const { return sent_; }
  /// Invitations that the device may not have processed yet.
  [[nodiscard]] unsigned open() const;
  void set_open(unsigned count);
  [[nodiscard]] bool may_be_queued() const;

 private:
  struct Port {
    std::uint16_t number;
    bool queues;
    std::size_t count = 0;  ///< invitations since the start or restart()
    unsigned open = 0;
    Millis next{0};
  };

  const Plan& plan_;
  std::vector<Port> ports_;
  unsigned sent_ = 0;
  Millis shortest_{0};
};

}  // namespace otatool::espota
