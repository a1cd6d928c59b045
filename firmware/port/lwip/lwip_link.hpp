// The receiver's Link on lwIP's raw API, without an operating system: one UDP socket, one TCP
// connection. lwIP's callbacks report events to the receiver; the main loop passes frames to lwIP
// and calls sys_check_timeouts() and poll().
#pragma once

#include "firmware/core/receiver.hpp"
#include "lwip/tcp.h"
#include "lwip/udp.h"

namespace otatool::firmware {

/// Sees datagrams to the invitation port before the receiver.
class DatagramListener {
 public:
  /// True if it has handled the datagram, which then does not go to the receiver.
  virtual bool handles(const Endpoint& from, const char* bytes, size_t length) = 0;

 protected:
  ~DatagramListener() = default;
};

class LwipLink final : public Link {
 public:
  /// `now`: milliseconds, as for Receiver.
  using Clock = uint32_t (*)();

  LwipLink(Clock now, DatagramListener& listener) : now_(now), listener_(listener) {}

  /// Opens the UDP socket. False if lwIP lacks memory.
  bool begin(Receiver& receiver, uint16_t port);
  /// Reports a failed connect(), which must not call back. Call in every turn of the main loop.
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
  err_t on_data(tcp_pcb* pcb, pbuf* packet);
  void detach();

  Clock now_;
  DatagramListener& listener_;
  Receiver* receiver_ = nullptr;
  udp_pcb* udp_ = nullptr;
  tcp_pcb* tcp_ = nullptr;
  bool connected_ = false;
  bool connect_failed_ = false;
};

/// IPv4 only, as both functions.
Endpoint endpoint_of(const ip_addr_t& address, uint16_t port);
ip_addr_t address_of(const Endpoint& endpoint);

/// Sets the source of otatool_lwip_random(). Call before lwip_init().
void set_lwip_random(Random& random);

}  // namespace otatool::firmware
