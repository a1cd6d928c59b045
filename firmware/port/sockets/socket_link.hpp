// The receiver's Link on POSIX sockets, as ESP-IDF has them: one UDP socket, one TCP connection,
// IPv4. Only wait() blocks. The sockets do not say which bytes the peer has acknowledged.
#pragma once

#include <netinet/in.h>

#include "firmware/core/receiver.hpp"
#include "firmware/port/datagram_listener.hpp"

namespace otatool::firmware {

class SocketLink final : public Link {
 public:
  /// `now`: milliseconds, as for Receiver.
  using Clock = uint32_t (*)();

  explicit SocketLink(Clock now, DatagramListener* listener = nullptr)
      : now_(now), listener_(listener) {}

  /// Opens the UDP socket; port 0 takes any. False if the port is in use.
  bool begin(Receiver& receiver, uint16_t port);
  /// Closes all sockets.
  void end();
  /// Passes what happened to the receiver. Call in every turn of the main loop.
  void poll();
  /// Returns as soon as a socket has something for poll(), or after this time.
  void wait(uint32_t milliseconds) const;
  /// UDP port, or 0 if there is none.
  uint16_t port() const;

  void send_datagram(const Endpoint& to, const char* bytes, size_t length) override;
  void connect(const Endpoint& to) override;
  bool send(const char* bytes, size_t length) override;
  /// Bytes that the socket has not taken yet.
  size_t undelivered() const override { return queued_; }
  void close() override;
  void drop() override;

 private:
  static constexpr int kNone = -1;
  /// No message of the protocol is longer.
  static constexpr size_t kMaxDatagram = 256;
  static constexpr size_t kMaxQueued = 256;

  void pass_datagrams();
  void pass_connection();
  void pass_bytes();
  void flush();
  void end_connection(bool failed);

  Clock now_;
  DatagramListener* listener_;
  Receiver* receiver_ = nullptr;
  int udp_ = kNone;
  int tcp_ = kNone;
  bool connecting_ = false;
  bool connect_failed_ = false;  ///< the receiver does not know this yet
  bool finishing_ = false;       ///< after the queued bytes comes a FIN
  bool finished_ = false;        ///< the FIN is sent
  size_t queued_ = 0;
  char queue_[kMaxQueued];
};

}  // namespace otatool::firmware
