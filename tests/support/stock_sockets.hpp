// Runs a StockDevice on real sockets in one thread until it has restarted or is stopped. Stretches
// or shortens the times of the model; all protocol rules are in the model.
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
  std::string stranger_address = "127.0.0.2";  ///< source of a stranger's connection
  double time_scale = 1;                       ///< real time divided by model time
};

class StockSockets {
 public:
  /// Binds the UDP socket; fails with NetworkFailed.
  [[nodiscard]] static Result<std::unique_ptr<StockSockets>> open(SocketSetup setup);
  StockSockets(const StockSockets&) = delete;
  StockSockets& operator=(const StockSockets&) = delete;
  ~StockSockets();

  [[nodiscard]] std::uint16_t udp_port() const;
  /// Runs the device until it has restarted or `stop` returns true. Calls `stop` at least every 20
  /// ms unless an effect is due later.
  void run(const std::function<bool(const StockDevice&)>& stop);
  [[nodiscard]] const StockDevice& device() const;

 private:
  class Loop;
  explicit StockSockets(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace otatool::testing
