// Peers on loopback that do what no device does: a TCP server and an espota device whose
// conversations a test writes byte by byte. Each runs in a thread.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace otatool::test {

/// A connection to otatool, for the conversations of a test.
class HostileConnection {
 public:
  explicit HostileConnection(int socket) : socket_(socket) {}

  /// False if otatool has closed the connection.
  bool send(std::string_view bytes) const;
  /// Bytes of otatool, at most 4096; empty at the end.
  [[nodiscard]] std::string receive() const;
  /// Reads up to the end of a request header, or a little more; empty if there is none.
  [[nodiscard]] std::string receive_header() const;
  /// Sends one byte of `bytes` each 20 ms, and the last one for ever, until otatool closes. Reads
  /// nothing.
  void drip(std::string_view bytes) const;

 private:
  int socket_;
};

using HostilePlay = std::function<void(const HostileConnection&)>;

/// Plays the conversation on each connection that it accepts, one after the other.
class HostileServer {
 public:
  /// `window`: bytes that the system takes for a conversation that reads nothing; 0: its default.
  explicit HostileServer(HostilePlay play, int window = 0);
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;
  ~HostileServer();

  [[nodiscard]] const std::string& port() const { return port_; }
  [[nodiscard]] unsigned connections() const { return connections_; }

 private:
  void run(const HostilePlay& play);

  int listener_;
  std::string port_;
  std::atomic<unsigned> connections_ = 0;
  std::thread thread_;
};

/// Accepts each invitation without a password, connects and plays the conversation.
class HostileDevice {
 public:
  /// `window`: as for HostileServer.
  explicit HostileDevice(HostilePlay play, int window = 0);
  HostileDevice(const HostileDevice&) = delete;
  HostileDevice& operator=(const HostileDevice&) = delete;
  ~HostileDevice();

  [[nodiscard]] std::string target() const { return "127.0.0.1:" + port_; }

 private:
  void run(const HostilePlay& play, int window) const;

  int datagrams_;
  std::string port_;
  std::thread thread_;
};

}  // namespace otatool::test
