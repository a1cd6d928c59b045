// The device's other way to updates: it asks a server for one, at every start and then at
// intervals, as sketches with ESP8266httpUpdate do, and writes what it gets into the flash: a
// sketch, and before that a filesystem if it shall.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/device/virtual_device.hpp"
#include "otatool/http/pull.hpp"
#include "otatool/result.hpp"

#include "device/receiver/update_station.hpp"
#include "http/client/asio_stream.hpp"

namespace otatool::device {

class PullDownload;

class AsioPuller : public std::enable_shared_from_this<AsioPuller> {
 public:
  /// KeyUnusable when the certificates of the options cannot be used.
  [[nodiscard]] static Result<std::shared_ptr<AsioPuller>> make(boost::asio::io_context& context,
                                                                UpdateStation& station,
                                                                const PullOptions& options);
  AsioPuller(boost::asio::io_context& context,
             UpdateStation& station,
             const PullOptions& options,
             std::shared_ptr<http::AsioTlsClient> tls);

  /// The device has booted: asks now, and again after each interval, until an update is applied.
  void start();
  void stop();

 private:
  boost::asio::awaitable<void> ask_again_and_again(unsigned generation);
  /// True: the device restarts, and starts this anew.
  boost::asio::awaitable<bool> ask(wire::Command what);
  boost::asio::awaitable<std::optional<Error>> connect();
  boost::asio::awaitable<std::optional<Error>> transfer(PullDownload& download, wire::Command what);
  boost::asio::awaitable<Result<std::size_t>> read(bool answered);
  boost::asio::awaitable<Result<void>> write(Bytes bytes);
  boost::asio::awaitable<void> pause(std::chrono::steady_clock::duration time);
  [[nodiscard]] http::DeviceRequest device_request(wire::Command what);

  boost::asio::io_context& context_;
  UpdateStation& station_;
  PullOptions options_;
  std::shared_ptr<http::AsioTlsClient> tls_;
  std::shared_ptr<http::AsioStream> stream_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer deadline_;
  unsigned generation_ = 0;  ///< of start(); an older coroutine ends
  /// A server that says no version brings the same filesystem again and again: not before this.
  std::chrono::steady_clock::time_point filesystem_due_{};
  bool stopped_ = false;
  std::array<std::uint8_t, 4096> received_{};
};

}  // namespace otatool::device
