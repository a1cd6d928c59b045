// From a host as the user wrote it to the addresses to try.
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

/// One search. A name is given to getaddrinfo in a thread of its own: many names are looked up side
/// by side, and a search that is cancelled or destroyed leaves the thread to itself, which nothing
/// can hurry.
class AsioLookup {
 public:
  AsioLookup(boost::asio::io_context& io, std::string host);
  AsioLookup(const AsioLookup&) = delete;
  AsioLookup& operator=(const AsioLookup&) = delete;
  ~AsioLookup();

  /// A literal as it is, a name by getaddrinfo: IPv4 addresses first, since most devices speak
  /// nothing else; unspecified ones, which some resolvers answer with to block a name, are left
  /// out. Fails with NotFound, or with Interrupted after cancel(). To be called once.
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
