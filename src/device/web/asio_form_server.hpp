// The upload page of a virtual device. Serves a few connections at a time, so that a slow one does
// not block the others. firmware/core's form reader writes the body into the flash while it is
// received.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "otatool/device/virtual_device.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "device/receiver/flash_owner.hpp"
#include "device/web/asio_form_connection.hpp"

namespace otatool::device {

class AsioFormServer : public std::enable_shared_from_this<AsioFormServer> {
 public:
  using tcp = boost::asio::ip::tcp;

  /// An empty `password` lets everyone update.
  AsioFormServer(boost::asio::io_context& context,
                 FlashOwner& owner,
                 const FormOptions& options,
                 Secret password,
                 std::chrono::milliseconds stall);

  /// Listens and returns the port. ListenFailed otherwise.
  [[nodiscard]] Result<std::uint16_t> listen(const boost::asio::ip::address& address);
  /// Starts serving; to be called once, after the first boot.
  void serve();
  /// The device has restarted: logins from before are stale.
  void restart() { shared_.auth.restart(); }
  /// Resets open connections and stops listening.
  void stop();

 private:
  boost::asio::awaitable<void> accept_all();
  void add(tcp::socket socket, const tcp::endpoint& from);

  std::uint16_t port_;
  FormShared shared_;
  std::chrono::milliseconds stall_;
  tcp::acceptor acceptor_;
  std::list<std::shared_ptr<AsioFormConnection>> connections_;  ///< the oldest first
  bool stopped_ = false;
};

}  // namespace otatool::device
