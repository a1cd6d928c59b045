// The TCP connection of a simulation: send buffer of the host, segments, receive window of the
// device. Loses nothing; contains no protocol above TCP.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "tests/support/stock_device.hpp"
#include "tests/support/virtual_time.hpp"

namespace otatool::testing {

struct LinkTimes {
  Millis delay{0};
  Millis outage_from{0};
  Millis outage_until{0};

  /// Arrival time of a segment sent at `now`.
  [[nodiscard]] Millis arrival(Millis now) const {
    const Millis at = now + delay;
    return at >= outage_from && at < outage_until ? outage_until : at;
  }
};

class VirtualConnection {
 public:
  struct Host {
    std::function<void()> acked;  ///< the send buffer has room again
    std::function<void(std::string_view)> replied;
    std::function<void(bool reset)> closed;  ///< closed by the device
    std::function<void()> device_touched;    ///< the device may have new effects and wake times
  };

  VirtualConnection(Agenda& agenda, StockDevice& device, LinkTimes link, Host host)
      : agenda_(agenda), device_(device), link_(link), host_(std::move(host)) {}

  void open(std::size_t send_buffer);
  [[nodiscard]] std::size_t room() const;
  /// Bytes that the host's kernel accepted and the device has not acknowledged.
  [[nodiscard]] std::size_t queued() const { return taken_ - acked_; }
  void send(std::string_view bytes);
  void close_by_host(bool reset);

  void write_by_device(std::string bytes);
  void close_by_device(bool reset);
  /// Reports new room in the device's window to the host.
  void announce_window();

 private:
  void transmit();
  void deliver(std::size_t from, std::size_t length);
  void acknowledge();

  Agenda& agenda_;
  StockDevice& device_;
  LinkTimes link_;
  Host host_;
  std::size_t send_buffer_ = 0;
  std::string stream_;  ///< all bytes that the host's kernel accepted
  std::size_t taken_ = 0;
  std::size_t sent_ = 0;
  std::size_t delivered_ = 0;
  std::size_t acked_ = 0;
  std::size_t announced_edge_ = 0;  ///< closed by the device
  std::size_t known_edge_ = 0;      ///< known to the host
  bool device_closed_ = false;
  bool host_closed_ = false;
};

}  // namespace otatool::testing
