// The update port of a virtual ESPHome device. Serves one connection at a time,
// like a chip.
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

#include "otatool/result.hpp"

#include "device/esphome/esphome_receiver.hpp"
#include "device/receiver/flash_owner.hpp"

namespace otatool::device {

class FlashSink;

class AsioEsphomeServer : public std::enable_shared_from_this<AsioEsphomeServer> {
 public:
  using tcp = boost::asio::ip::tcp;

  /// `stall`: longest time without a byte of the image.
  AsioEsphomeServer(boost::asio::io_context& context,
                    FlashOwner& owner,
                    EsphomeRules rules,
                    std::chrono::milliseconds stall);

  /// Listens and returns the port. ListenFailed otherwise.
  [[nodiscard]] Result<std::uint16_t> listen(const boost::asio::ip::address& address);
  /// Starts serving; to be called once, after the first boot.
  void serve();
  /// Resets an open connection and stops listening.
  void stop();

 private:
  boost::asio::awaitable<void> accept_all();
  boost::asio::awaitable<void> serve_connection();
  boost::asio::awaitable<bool> converse(EsphomeReceiver& receiver);
  boost::asio::awaitable<bool> send(const std::string& bytes);
  boost::asio::awaitable<void> close_in_order();
  void report(const EsphomeReceiver& receiver, FlashSink& sink);
  void set_deadline(std::chrono::steady_clock::duration time);

  FlashOwner& owner_;
  EsphomeRules rules_;
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
