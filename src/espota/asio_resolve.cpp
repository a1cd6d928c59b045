#include "espota/asio_resolve.hpp"

#include <algorithm>
#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace otatool::espota {
namespace asio = boost::asio;
using asio::ip::address;

asio::awaitable<Result<std::vector<address>>> resolve_host(asio::ip::udp::resolver& resolver,
                                                           const std::string& host) {
  boost::system::error_code error;
  const address literal = asio::ip::make_address(host, error);
  std::vector<address> addresses;
  if (!error) {
    addresses.push_back(literal);
    co_return addresses;
  }
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto found = co_await resolver.async_resolve(host, "0", token);
  if (error) {
    co_return fail(Errc::NotFound, fmt::format("'{}' does not resolve: {}", host, error.message()));
  }
  for (const auto& entry : found) {
    const address one = entry.endpoint().address();
    const bool known = std::find(addresses.begin(), addresses.end(), one) != addresses.end();
    if (!one.is_unspecified() && !known) {
      addresses.push_back(one);
    }
  }
  std::stable_partition(
      addresses.begin(), addresses.end(), [](const address& one) { return one.is_v4(); });
  if (addresses.empty()) {
    co_return fail(Errc::NotFound, fmt::format("'{}' resolves to no usable address", host));
  }
  co_return addresses;
}

}  // namespace otatool::espota
