// A StockDevice on real sockets, in one thread, until it has restarted or is told to stop.
// Times of the model may be stretched or shortened; protocol rules are all in the model.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "otatool/result.hpp"

#include "tests/support/stock_device.hpp"

namespace otatool::testing {

struct SocketSetup {
  DeviceSetup device;                 ///< its `udp_port` is bound; 0 lets the system choose
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6 literal
  std::string stranger_address = "127.0.0.2";  ///< where a stranger's connection comes from
  double time_scale = 1;                       ///< real time by model time
};

class StockSockets {
 public:
  /// Binds the UDP socket; NetworkFailed when that cannot be.
  [[nodiscard]] static Result<std::unique_ptr<StockSockets>> open(SocketSetup setup);
  StockSockets(const StockSockets&) = delete;
  StockSockets& operator=(const StockSockets&) = delete;
  ~StockSockets();

  [[nodiscard]] std::uint16_t udp_port() const;
  /// Plays the device until it has restarted, or `stop` says so, which is asked at least every
  /// 20 ms as long as no effect is due later.
  void run(const std::function<bool(const StockDevice&)>& stop);
  [[nodiscard]] const StockDevice& device() const;

 private:
  class Loop;
  explicit StockSockets(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace otatool::testing
