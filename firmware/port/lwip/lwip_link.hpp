// The receiver's Link on lwIP's raw API, without an operating system: one UDP socket, one TCP
// connection, IPv4 and, in builds of lwIP that have it, IPv6. lwIP's callbacks only queue what
// happened; poll() passes it to the receiver, which may take long: it erases and writes flash.
#pragma once

#include "firmware/core/receiver.hpp"
#include "firmware/port/datagram_listener.hpp"
#include "firmware/port/lwip/lwip_connection.hpp"
#include "lwip/udp.h"

namespace otatool::firmware {

class LwipLink final : public Link, private ConnectionEvents {
 public:
  /// `now`: milliseconds, as for Receiver.
  using Clock = uint32_t (*)();

  explicit LwipLink(Clock now, DatagramListener* listener = nullptr)
      : now_(now), listener_(listener) {}

  /// Opens the UDP socket. False if lwIP lacks memory or the port is in use.
  bool begin(Receiver& receiver, uint16_t port);
  /// Closes all sockets.
  void end();
  /// Passes what happened to the receiver. Call in every turn of the main loop, outside of lwIP's
  /// callbacks.
  void poll();

  void send_datagram(const Endpoint& to, const char* bytes, size_t length) override;
  void connect(const Endpoint& to) override { connection_.connect(to); }
  bool send(const char* bytes, size_t length) override { return connection_.send(bytes, length); }
  size_t undelivered() const override { return connection_.undelivered(); }
  void close() override { connection_.close(); }
  void drop() override { connection_.drop(); }

 private:
  /// No message of the protocol is longer.
  static constexpr size_t kMaxDatagram = 256;
  /// Datagrams that wait for poll(). Hosts repeat the others.
  static constexpr size_t kMaxWaiting = 4;

  struct Datagram {
    pbuf* packet;
    Endpoint from;
  };

  static void on_udp(void* self, udp_pcb*, pbuf* packet, const ip_addr_t* from, u16_t port);
  void pass_datagrams();
  void on_connected() override { receiver_->on_connected(now_()); }
  void on_connect_failed() override { receiver_->on_connect_failed(now_()); }
  void on_bytes(const uint8_t* bytes, size_t length) override {
    receiver_->on_bytes(bytes, length, now_());
  }
  void on_closed() override { receiver_->on_closed(now_()); }

  Clock now_;
  DatagramListener* listener_;
  Receiver* receiver_ = nullptr;
  udp_pcb* udp_ = nullptr;
  Datagram waiting_[kMaxWaiting] = {};
  size_t waiting_count_ = 0;
  LwipConnection connection_{*this};
};

/// Sets the source of otatool_lwip_random(). Call before lwip_init().
void set_lwip_random(Random& random);

}  // namespace otatool::firmware
