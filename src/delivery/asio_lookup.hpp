// Resolves a host name to IP addresses with the system resolver, without blocking the io_context.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/result.hpp"

namespace otatool::delivery {

/// One lookup. Every name has its own thread, because getaddrinfo blocks and cannot be cancelled:
/// lookups run in parallel, and a cancelled lookup abandons its thread.
class AsioLookup {
 public:
  AsioLookup(boost::asio::io_context& io, std::string host);
  AsioLookup(const AsioLookup&) = delete;
  AsioLookup& operator=(const AsioLookup&) = delete;
  ~AsioLookup();

  /// The addresses of the host; an IP literal is not looked up. IPv4 addresses come first, because
  /// most devices have no IPv6. Unspecified addresses are left out: some resolvers return them for
  /// blocked names. Fails with NotFound, or with Interrupted after cancel(). Call it once.
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<boost::asio::ip::address>>> addresses();
  void cancel();

 private:
  struct Search;
  void end();

  boost::asio::io_context& io_;
  std::string host_;
  boost::asio::steady_timer ended_;  ///< cancelled at the end
  bool has_ended_ = false;
  bool cancelled_ = false;
  std::shared_ptr<Search> search_;
};

}  // namespace otatool::delivery
