// One request and its response over one connection. The response is read while the request is being
// sent, because a device may refuse early and close. Knows no form and no password.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/bytes.hpp"
#include "otatool/error.hpp"

#include "http/client/asio_stream.hpp"
#include "http/client/beast_response.hpp"

namespace otatool::http {

struct ExchangePlan {
  AsioStream::tcp::endpoint to;
  std::vector<Bytes> parts;  ///< of the request, in order; must outlive the exchange
  std::chrono::milliseconds connect;
  /// Without a byte in either direction. A device that takes nothing and sends a few bytes now and
  /// then gets twice this time, also for its response.
  std::chrono::milliseconds stall;
  bool header_only = false;  ///< ends after the header of a response below status 400
  /// For a look-up: ends after the header of a 404, and when a response pauses for this long. Some
  /// devices send no length and keep the connection open.
  std::optional<std::chrono::milliseconds> pause = std::nullopt;
  std::size_t image_begin = 0;  ///< bytes of the request before the image
  std::size_t image_size = 0;   ///< for error messages; 0: the request has no image
};

struct ClientResponse {
  unsigned status = 0;  ///< 0: no response
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;            ///< received part, at most kLargestResponse bytes
  std::optional<Error> error;  ///< why the response is incomplete
  bool all_delivered = false;  ///< the device's TCP acknowledged the whole request

  /// The values of all fields with this name.
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
};

class AsioExchange : public std::enable_shared_from_this<AsioExchange> {
 public:
  /// Called with the number of acknowledged bytes of the request.
  using OnDelivered = std::function<void(std::size_t)>;
  /// What the device has not done yet.
  enum class Wait { ForConnection, ForDelivery, ForResponse };
  /// Called each second in which nothing has happened. The exchange fails if nothing happens for
  /// `left`.
  using OnWait = std::function<void(Wait, std::chrono::milliseconds left)>;

  AsioExchange(boost::asio::io_context& context,
               std::shared_ptr<AsioStream> stream,
               ExchangePlan plan,
               OnDelivered on_delivered,
               OnWait on_wait);

  /// To be called once, on an object held by a shared pointer.
  [[nodiscard]] boost::asio::awaitable<ClientResponse> perform();
  /// Ends the exchange with Interrupted.
  void interrupt();

 private:
  using Clock = std::chrono::steady_clock;

  void on_connected(boost::system::error_code error);
  void read();
  void on_read(boost::system::error_code error, std::size_t count);
  void write();
  void on_written(boost::system::error_code error, std::size_t count);
  void watch();
  void on_tick();
  void report_wait(Clock::time_point now);
  [[nodiscard]] bool ends_at_header() const;
  [[nodiscard]] bool has_paused(Clock::duration silent) const;
  void update_delivered();
  void on_stall(std::chrono::milliseconds limit);
  [[nodiscard]] Error broken(Errc code, const std::string& what) const;
  [[nodiscard]] bool all_written() const { return part_ == plan_.parts.size(); }
  void finish(std::optional<Error> error);

  boost::asio::steady_timer tick_;
  boost::asio::steady_timer over_;
  std::shared_ptr<AsioStream> stream_;
  ExchangePlan plan_;
  OnDelivered on_delivered_;
  OnWait on_wait_;
  ResponseReader reader_;
  ClientResponse response_;
  std::size_t total_ = 0;
  std::size_t part_ = 0;         ///< index of the part being written
  std::size_t part_offset_ = 0;  ///< written bytes of that part
  std::size_t written_ = 0;
  std::size_t delivered_ = 0;
  bool connected_ = false;
  bool write_broken_ = false;
  bool finished_ = false;
  Clock::time_point last_activity_;
  Clock::time_point last_wait_;      ///< when on_wait_ was called, or the last activity
  Clock::time_point last_progress_;  ///< when the device connected or acknowledged bytes
  std::array<std::uint8_t, 4096> received_{};
};

}  // namespace otatool::http
