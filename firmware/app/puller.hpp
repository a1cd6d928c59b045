// Asks the update server of the settings after the start and then at intervals: a PullClient on a
// connection of lwIP. While it does, invitations wait: hosts repeat them.
#pragma once

#include "firmware/app/settings.hpp"
#include "firmware/core/pull/pull_client.hpp"
#include "firmware/port/datagram_listener.hpp"
#include "firmware/port/lwip/lwip_connection.hpp"

namespace otatool::firmware {

class Puller final : public DatagramListener, private ConnectionEvents {
 public:
  /// `next` gets each datagram first. All references must outlive this object.
  Puller(const Settings& settings,
         const PullPorts& ports,
         const PullTarget& target,
         DatagramListener& next)
      : settings_(settings), next_(next), client_(connection_, ports, target) {}

  /// Passes what happened, and asks the server when it is time and `may_start` is true. Prints how
  /// a pull ended. Call in every turn of the main loop.
  void poll(bool may_start);
  /// Milliseconds until poll() has work, unless something happens.
  uint32_t poll_after() const;

  bool handles(const Endpoint& from, const char* bytes, size_t length) override {
    return next_.handles(from, bytes, length) || client_.active();
  }

 private:
  void on_connected() override;
  void on_connect_failed() override;
  void on_bytes(const uint8_t* bytes, size_t length) override;
  void on_closed() override;
  void print_result() const;

  const Settings& settings_;
  DatagramListener& next_;
  LwipConnection connection_{*this};
  PullClient client_;
  bool asked_ = false;
  uint32_t last_end_ = 0;  ///< of a pull
};

/// The server of the settings.
PullTarget pull_target(const Settings& settings,
                       const uint8_t* mac,
                       const FlashMap& map,
                       uint32_t running_size);

}  // namespace otatool::firmware
