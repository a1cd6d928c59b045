// The host side of espota on plain sockets, without otatool's uploader: each step is one call, so
// that a test can omit, repeat or corrupt any step. All waits end after kPatience.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otatool::test {

class RawHost {
 public:
  /// Connects to the device at 127.0.0.1:`device_port` and listens on a free TCP port.
  explicit RawHost(std::uint16_t device_port);
  RawHost(const RawHost&) = delete;
  RawHost& operator=(const RawHost&) = delete;
  ~RawHost();

  [[nodiscard]] std::uint16_t device_port() const { return device_port_; }
  [[nodiscard]] std::uint16_t tcp_port() const { return tcp_port_; }

  void send_datagram(std::string_view text) const;
  /// Sends `command port size md5` and a newline for these bytes.
  void invite(std::string_view image, int command = 0) const;
  /// The same with a wrong size.
  void invite_with_size(std::string_view image, std::size_t announced_size, int command = 0) const;
  /// The next datagram of the device; nothing after kPatience.
  [[nodiscard]] std::optional<std::string> receive_datagram() const;
  /// Receives a challenge and sends the correct response for `password` in its scheme.
  [[nodiscard]] bool authenticate(std::string_view password) const;

  /// Waits for the device's connection.
  [[nodiscard]] bool accept();
  /// Returns false if the device has closed the connection.
  [[nodiscard]] bool send(std::string_view bytes) const;
  /// Reads until the received bytes end with `end` or the device closes; returns all received
  /// bytes.
  std::string read_until(std::string_view end);
  /// Reads until the device closes.
  std::string read_all();
  void close();
  /// Closes the connection with RST.
  void reset();
  /// Closes the listening socket.
  void stop_listening();

 private:
  bool read_some();

  std::uint16_t device_port_;
  int udp_ = -1;
  int listener_ = -1;
  int connection_ = -1;
  std::uint16_t tcp_port_ = 0;
  std::string received_;
};

/// Bytes of an application image: starts with 0xE9 and has no short period.
[[nodiscard]] std::string sample_application(std::size_t size, std::uint32_t seed = 1);

}  // namespace otatool::test
