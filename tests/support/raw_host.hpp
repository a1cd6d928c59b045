// The host's end of espota in plain sockets, without a line of otatool's uploader: each step is one
// call, so that a test can leave out, repeat or spoil any of them. Nothing waits for ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otatool::test {

class RawHost {
 public:
  /// Talks to the device at 127.0.0.1:`device_port` and listens on a TCP port of its own.
  explicit RawHost(std::uint16_t device_port);
  RawHost(const RawHost&) = delete;
  RawHost& operator=(const RawHost&) = delete;
  ~RawHost();

  [[nodiscard]] std::uint16_t device_port() const { return device_port_; }
  [[nodiscard]] std::uint16_t tcp_port() const { return tcp_port_; }

  void send_datagram(std::string_view text) const;
  /// `command port size md5\n` for these bytes.
  void invite(std::string_view image, int command = 0) const;
  /// The same, with another size than the image has.
  void invite_with_size(std::string_view image, std::size_t announced_size, int command = 0) const;
  /// The next datagram of the device; nothing if none comes in time.
  [[nodiscard]] std::optional<std::string> receive_datagram() const;
  /// Takes a challenge and answers it with the right response to `password` of its scheme.
  [[nodiscard]] bool authenticate(std::string_view password) const;

  /// Waits for the device's connection.
  [[nodiscard]] bool accept();
  /// False when the device is gone.
  [[nodiscard]] bool send(std::string_view bytes) const;
  /// Reads until the stream ends in `end`, or closes; what was read altogether.
  std::string read_until(std::string_view end);
  /// Reads until the device closes.
  std::string read_all();
  void close();
  /// Closes by RST.
  void reset();
  /// No connection will be accepted any more.
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

/// Bytes of an application image: the first is 0xE9, the rest has no short period.
[[nodiscard]] std::string sample_application(std::size_t size, std::uint32_t seed = 1);

}  // namespace otatool::test
