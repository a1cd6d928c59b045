// One connection to the upload page: reads a request, answers it, closes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "device/web/form_request.hpp"

namespace otatool::device {

class AsioFormConnection : public std::enable_shared_from_this<AsioFormConnection> {
 public:
  using tcp = boost::asio::ip::tcp;

  /// `stall`: time for the request's header, and for each piece of an upload.
  AsioFormConnection(tcp::socket socket,
                     FormShared& shared,
                     const firmware::Endpoint& from,
                     std::chrono::milliseconds stall);

  [[nodiscard]] boost::asio::awaitable<void> serve();
  /// True while an update is written: the connection is then not dropped for another one.
  [[nodiscard]] bool updates() { return request_.update().active(); }
  /// Resets the connection; serve() ends and releases the flash.
  void drop();
  /// The same, but serve() touches nothing any more: the device is gone.
  void stop();

 private:
  enum class Outcome { Complete, Malformed, Broken };

  boost::asio::awaitable<Outcome> read_request();
  boost::asio::awaitable<void> send(const std::string& text);
  boost::asio::awaitable<void> wait_until_delivered();
  void set_deadline(std::chrono::steady_clock::duration time);

  tcp::socket socket_;
  FormShared& shared_;
  std::string peer_;
  FormRequest request_;
  std::chrono::milliseconds stall_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer pause_;
  bool stopped_ = false;
  std::array<std::uint8_t, 4096> received_{};
};

}  // namespace otatool::device
