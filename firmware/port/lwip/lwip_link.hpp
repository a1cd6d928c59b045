// The receiver's Link on lwIP's raw API, without an operating system: one UDP socket, one TCP
// connection, IPv4 and, in builds of lwIP that have it, IPv6. lwIP's callbacks only queue what
// happened; poll() passes it to the receiver, which may take long: it erases and writes flash.
#pragma once

#include "firmware/core/receiver.hpp"
#include "firmware/port/datagram_listener.hpp"
#include "lwip/tcp.h"
#include "lwip/udp.h"

namespace otatool::firmware {

class LwipLink final : public Link {
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
  void connect(const Endpoint& to) override;
  bool send(const char* bytes, size_t length) override;
  size_t undelivered() const override;
  void close() override;
  void drop() override;

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
  static err_t on_tcp_connected(void* self, tcp_pcb*, err_t error);
  static err_t on_tcp_data(void* self, tcp_pcb* pcb, pbuf* packet, err_t error);
  static void on_tcp_error(void* self, err_t error);
  void pass_datagrams();
  void pass_bytes();
  void pass_end();
  void detach();

  Clock now_;
  DatagramListener* listener_;
  Receiver* receiver_ = nullptr;
  udp_pcb* udp_ = nullptr;
  tcp_pcb* tcp_ = nullptr;
  Datagram waiting_[kMaxWaiting] = {};
  size_t waiting_count_ = 0;
  pbuf* received_ = nullptr;    ///< bytes of the connection
  bool connected_ = false;      ///< the peer has accepted the connection
  bool finishing_ = false;      ///< our FIN is queued or sent
  bool connect_event_ = false;  ///< the receiver does not know this yet
  bool end_event_ = false;      ///< the connection has ended or could not be made
};

Endpoint endpoint_of(const ip_addr_t& address, uint16_t port);
/// An endpoint that this build of lwIP cannot reach becomes 0.0.0.0.
ip_addr_t address_of(const Endpoint& endpoint);

/// Sets the source of otatool_lwip_random(). Call before lwip_init().
void set_lwip_random(Random& random);

}  // namespace otatool::firmware
