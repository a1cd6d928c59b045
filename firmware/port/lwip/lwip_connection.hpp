// One outgoing TCP connection on lwIP's raw API, without an operating system. lwIP's callbacks only
// queue what happened; poll() passes it to the user, which may take long: it erases and writes
// flash.
#pragma once

#include "firmware/core/port.hpp"
#include "lwip/tcp.h"

namespace otatool::firmware {

/// What happened to a connection.
class ConnectionEvents {
 public:
  virtual void on_connected() = 0;
  virtual void on_connect_failed() = 0;
  /// The TCP window opens for these bytes when the call returns.
  virtual void on_bytes(const uint8_t* bytes, size_t length) = 0;
  virtual void on_closed() = 0;

 protected:
  ~ConnectionEvents() = default;
};

class LwipConnection final : public Connection {
 public:
  explicit LwipConnection(ConnectionEvents& events) : events_(events) {}

  /// Passes what happened. Call in every turn of the main loop, outside of lwIP's callbacks.
  void poll();

  void connect(const Endpoint& to) override;
  bool send(const char* bytes, size_t length) override;
  size_t undelivered() const override;
  void close() override;
  void drop() override;

 private:
  static err_t on_tcp_connected(void* self, tcp_pcb*, err_t error);
  static err_t on_tcp_data(void* self, tcp_pcb* pcb, pbuf* packet, err_t error);
  static void on_tcp_error(void* self, err_t error);
  void pass_bytes();
  void pass_end();
  void detach();

  ConnectionEvents& events_;
  tcp_pcb* tcp_ = nullptr;
  pbuf* received_ = nullptr;    ///< bytes of the connection
  bool connected_ = false;      ///< the peer has accepted the connection
  bool finishing_ = false;      ///< our FIN is queued or sent
  bool connect_event_ = false;  ///< the user does not know this yet
  bool end_event_ = false;      ///< the connection has ended or could not be made
};

Endpoint endpoint_of(const ip_addr_t& address, uint16_t port);
/// An endpoint that this build of lwIP cannot reach becomes 0.0.0.0.
ip_addr_t address_of(const Endpoint& endpoint);

}  // namespace otatool::firmware
