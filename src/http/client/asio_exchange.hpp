// One request and its answer over one connection. The answer is read while the request is still
// going out: a device may refuse early and close. Knows no form and no password.
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
  std::vector<Bytes> parts;  ///< what is sent, in order; valid until the exchange is over
  std::chrono::milliseconds connect;
  std::chrono::milliseconds stall;  ///< without a byte in either direction
  bool header_only = false;         ///< the body of the answer is not wanted
};

struct ClientAnswer {
  unsigned status = 0;  ///< 0: none came
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;            ///< as much as came, at most kLargestAnswer
  std::optional<Error> error;  ///< why no whole answer came
  bool all_delivered = false;  ///< the device's TCP has taken the whole request

  /// The values of all fields of this name.
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
};

class AsioExchange : public std::enable_shared_from_this<AsioExchange> {
 public:
  /// Hears how many bytes of the request have been delivered.
  using OnDelivered = std::function<void(std::size_t)>;

  AsioExchange(boost::asio::io_context& context,
               std::shared_ptr<AsioStream> stream,
               ExchangePlan plan,
               OnDelivered on_delivered);

  /// Called once, by the owner of a shared pointer.
  [[nodiscard]] boost::asio::awaitable<ClientAnswer> perform();
  /// Ends it with Interrupted.
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
  void note_delivery();
  void on_stall();
  [[nodiscard]] Error broken(Errc code, const std::string& what) const;
  [[nodiscard]] bool all_written() const { return part_ == plan_.parts.size(); }
  void finish(std::optional<Error> error);

  boost::asio::steady_timer tick_;
  boost::asio::steady_timer over_;
  std::shared_ptr<AsioStream> stream_;
  ExchangePlan plan_;
  OnDelivered on_delivered_;
  ResponseReader reader_;
  ClientAnswer answer_;
  std::size_t total_ = 0;
  std::size_t part_ = 0;         ///< the one being written
  std::size_t part_offset_ = 0;  ///< bytes of it that were written
  std::size_t written_ = 0;
  std::size_t delivered_ = 0;
  bool connected_ = false;
  bool write_broken_ = false;
  bool finished_ = false;
  Clock::time_point sign_of_life_;
  std::array<std::uint8_t, 4096> received_{};
};

}  // namespace otatool::http
