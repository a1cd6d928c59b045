// The upload page of a virtual device. Serves one connection at a time, like the web server of a
// chip. firmware/core's form reader writes the body into the flash while it is received.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/device/virtual_device.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "device/receiver/flash_owner.hpp"
#include "device/web/form_auth.hpp"

namespace otatool::device {

class AsioFormServer : public std::enable_shared_from_this<AsioFormServer> {
 public:
  using tcp = boost::asio::ip::tcp;

  /// An empty `password` lets everyone update.
  AsioFormServer(boost::asio::io_context& context,
                 FlashOwner& owner,
                 FormOptions options,
                 Secret password,
                 std::chrono::milliseconds stall);

  /// Listens and returns the port. ListenFailed otherwise.
  [[nodiscard]] Result<std::uint16_t> listen(const boost::asio::ip::address& address);
  /// Starts serving; to be called once, after the first boot.
  void serve();
  /// Resets an open connection and stops listening.
  void stop();

 private:
  class Request;

  boost::asio::awaitable<void> accept_all();
  boost::asio::awaitable<void> serve_connection();
  boost::asio::awaitable<bool> read_request(Request& request);
  boost::asio::awaitable<void> send(const std::string& text);
  boost::asio::awaitable<void> wait_until_delivered();
  void set_deadline(std::chrono::steady_clock::duration time);

  FlashOwner& owner_;
  FormOptions options_;
  FormAuth auth_;
  std::chrono::milliseconds stall_;
  tcp::acceptor acceptor_;
  tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer pause_;
  std::string peer_;
  bool stopped_ = false;
  std::array<std::uint8_t, 4096> received_{};
};

}  // namespace otatool::device
