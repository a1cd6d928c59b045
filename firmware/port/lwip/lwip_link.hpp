// The receiver's Link on lwIP's raw API, without an operating system: one UDP socket, one TCP
// connection. Callbacks of lwIP tell the receiver; whoever runs the main loop gives it frames,
// sys_check_timeouts() and poll().
#pragma once

#include "firmware/core/receiver.hpp"
#include "lwip/tcp.h"
#include "lwip/udp.h"

namespace otatool::firmware {

/// Somebody who looks at datagrams to the port of invitations before the receiver does.
class DatagramListener {
 public:
  /// True when the datagram is not for the receiver.
  virtual bool take(const Endpoint& from, const char* bytes, size_t length) = 0;

 protected:
  ~DatagramListener() = default;
};

class LwipLink final : public Link {
 public:
  /// `now`: milliseconds, as for Receiver.
  using Clock = uint32_t (*)();

  LwipLink(Clock now, DatagramListener& listener) : now_(now), listener_(listener) {}

  /// Opens the UDP socket. False when lwIP has no memory for it.
  bool begin(Receiver& receiver, uint16_t port);
  /// Reports what could not be reported at once; to be called in every turn of the main loop.
  void poll();

  void send_datagram(const Endpoint& to, const char* bytes, size_t length) override;
  void connect(const Endpoint& to) override;
  bool send(const char* bytes, size_t length) override;
  size_t undelivered() const override;
  void close() override;
  void drop() override;

 private:
  static constexpr size_t kMaxDatagram = 256;

  static void on_udp(void* self, udp_pcb*, pbuf* packet, const ip_addr_t* from, u16_t port);
  static err_t on_tcp_connected(void* self, tcp_pcb*, err_t error);
  static err_t on_tcp_data(void* self, tcp_pcb* pcb, pbuf* packet, err_t error);
  static void on_tcp_error(void* self, err_t error);
  err_t take(tcp_pcb* pcb, pbuf* packet);
  void let_go();

  Clock now_;
  DatagramListener& listener_;
  Receiver* receiver_ = nullptr;
  udp_pcb* udp_ = nullptr;
  tcp_pcb* tcp_ = nullptr;
  bool connected_ = false;
  bool connect_failed_ = false;
};

/// An IPv4 endpoint of lwIP's.
Endpoint endpoint_of(const ip_addr_t& address, uint16_t port);
ip_addr_t address_of(const Endpoint& endpoint);

/// Where otatool_lwip_random() takes its numbers from; to be set before lwip_init().
void set_lwip_random(Random& random);

}  // namespace otatool::firmware
