// Updates fetched from a server, like a sketch with ESP8266httpUpdate: asks after every boot and
// then at intervals for a sketch (and before it for a filesystem, if the options say so), and
// writes the image into the flash.
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

#include "device/receiver/flash_owner.hpp"
#include "http/client/asio_stream.hpp"

namespace otatool::device {

class PullDownload;

class AsioPuller : public std::enable_shared_from_this<AsioPuller> {
 public:
  /// KeyUnusable if the certificates of the options are unusable.
  [[nodiscard]] static Result<std::shared_ptr<AsioPuller>> make(boost::asio::io_context& context,
                                                                FlashOwner& owner,
                                                                const PullOptions& options);
  AsioPuller(boost::asio::io_context& context,
             FlashOwner& owner,
             const PullOptions& options,
             std::shared_ptr<http::AsioTlsClient> tls);

  /// To be called after each boot: asks at once and after each interval until an update is applied.
  void start();
  void stop();

 private:
  boost::asio::awaitable<void> poll_server(unsigned generation);
  /// True if an update was applied: the device restarts and calls start() again.
  boost::asio::awaitable<bool> ask(wire::Command what);
  boost::asio::awaitable<std::optional<Error>> connect();
  boost::asio::awaitable<std::optional<Error>> transfer(PullDownload& download, wire::Command what);
  boost::asio::awaitable<Result<std::size_t>> read(bool answered);
  boost::asio::awaitable<Result<void>> write(Bytes bytes);
  boost::asio::awaitable<void> pause(std::chrono::steady_clock::duration time);
  [[nodiscard]] http::DeviceRequest device_request(wire::Command what);

  boost::asio::io_context& context_;
  FlashOwner& owner_;
  PullOptions options_;
  std::shared_ptr<http::AsioTlsClient> tls_;
  std::shared_ptr<http::AsioStream> stream_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer deadline_;
  unsigned generation_ = 0;  ///< number of start() calls; an older coroutine ends
  /// Next request for a filesystem: without a version the server sends the same one each time.
  std::chrono::steady_clock::time_point filesystem_due_{};
  bool patch_failed_ = false;  ///< asks for no further difference update
  bool stopped_ = false;
  std::array<std::uint8_t, 4096> received_{};
};

}  // namespace otatool::device
