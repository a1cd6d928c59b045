#include "delivery/asio_lookup.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <mutex>
#include <netdb.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace otatool::delivery {
namespace asio = boost::asio;
using asio::ip::address;

namespace {

using Found = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

/// IPv4 first, each address once.
std::vector<address> usable(const addrinfo* found) {
  std::vector<address> addresses;
  for (; found != nullptr; found = found->ai_next) {
    asio::ip::udp::endpoint endpoint;
    if (found->ai_addrlen > endpoint.capacity()) {
      continue;
    }
    std::memcpy(endpoint.data(), found->ai_addr, found->ai_addrlen);
    endpoint.resize(found->ai_addrlen);
    const address one = endpoint.address();
    if (!one.is_unspecified() && std::ranges::find(addresses, one) == addresses.end()) {
      addresses.push_back(one);
    }
  }
  std::stable_partition(
      addresses.begin(), addresses.end(), [](const address& one) { return one.is_v4(); });
  return addresses;
}

}  // namespace

/// The state that a lookup shares with its thread.
struct AsioLookup::Search {
  std::mutex mutex;
  AsioLookup* owner = nullptr;  ///< null after the end of the lookup
  int status = EAI_AGAIN;
  std::vector<address> addresses = {};

  /// The body of the thread.
  static void run(const std::shared_ptr<Search>& search, const std::string& host) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* list = nullptr;
    const int status = getaddrinfo(host.c_str(), nullptr, &wanted, &list);
    const Found found(status == 0 ? list : nullptr, &freeaddrinfo);
    const std::lock_guard lock(search->mutex);
    if (search->owner == nullptr) {
      return;
    }
    search->status = status;
    search->addresses = usable(found.get());
    asio::post(search->owner->io_, [search] {
      if (search->owner != nullptr) {
        search->owner->end();
      }
    });
  }
};

AsioLookup::AsioLookup(asio::io_context& io, std::string host)
    : io_(io), host_(std::move(host)), ended_(io, asio::steady_timer::time_point::max()) {}

AsioLookup::~AsioLookup() {
  if (search_) {
    const std::lock_guard lock(search_->mutex);
    search_->owner = nullptr;
  }
}

void AsioLookup::end() {
  has_ended_ = true;
  ended_.cancel();
}

void AsioLookup::cancel() {
  cancelled_ = true;
  end();
}

asio::awaitable<Result<std::vector<address>>> AsioLookup::addresses() {
  boost::system::error_code error;
  if (const address literal = asio::ip::make_address(host_, error); !error) {
    co_return std::vector<address>{literal};
  }
  search_ = std::make_shared<Search>();
  search_->owner = this;
  try {
    std::thread(&Search::run, search_, host_).detach();
  } catch (const std::system_error& full) {
    co_return fail(Errc::NotFound, fmt::format("cannot look up '{}': {}", host_, full.what()));
  }
  if (!has_ended_) {
    co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  if (cancelled_) {
    co_return fail(Errc::Interrupted, "interrupted during the lookup of its name");
  }
  if (search_->status != 0) {
    co_return fail(Errc::NotFound,
                   fmt::format("'{}' does not resolve: {}", host_, gai_strerror(search_->status)));
  }
  if (search_->addresses.empty()) {
    co_return fail(Errc::NotFound, fmt::format("'{}' resolves to no usable address", host_));
  }
  co_return std::move(search_->addresses);
}

}  // namespace otatool::delivery
