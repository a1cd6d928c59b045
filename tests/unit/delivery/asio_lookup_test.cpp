#include "delivery/asio_lookup.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

namespace otatool::delivery {
namespace {

namespace asio = boost::asio;
using Addresses = std::vector<asio::ip::address>;

asio::awaitable<void> wait_for(AsioLookup& lookup, std::optional<Result<Addresses>>& found) {
  found = co_await lookup.addresses();
}

Result<Addresses> look_up(const std::string& host, bool cancelled = false) {
  asio::io_context io;
  AsioLookup lookup(io, host);
  std::optional<Result<Addresses>> found;
  asio::co_spawn(io, wait_for(lookup, found), asio::detached);
  if (cancelled) {
    asio::post(io, [&lookup] { lookup.cancel(); });
  }
  io.run();
  return found.value_or(fail(Errc::Stalled, "the lookup did not end"));
}

TEST(AsioLookup, ReturnsLiteralsUnchanged) {
  EXPECT_THAT(look_up("192.0.2.1").value(),
              testing::ElementsAre(asio::ip::make_address("192.0.2.1")));
  EXPECT_THAT(look_up("2001:db8::1").value(),
              testing::ElementsAre(asio::ip::make_address("2001:db8::1")));
}

TEST(AsioLookup, FindsTheAddressesOfAName) {
  const Addresses found = look_up("localhost").value();
  ASSERT_FALSE(found.empty());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(found[i].is_loopback()) << found[i];
    EXPECT_TRUE(i == 0 || found[i - 1].is_v4() || found[i].is_v6()) << "IPv6 before IPv4";
    EXPECT_EQ(std::count(found.begin(), found.end(), found[i]), 1) << found[i];
  }
}

TEST(AsioLookup, QuotesANameThatDoesNotResolve) {
  const Result<Addresses> found = look_up("no.such.host.invalid");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), Errc::NotFound);
  EXPECT_THAT(found.error().message(),
              testing::StartsWith("'no.such.host.invalid' does not resolve: "));
}

TEST(AsioLookup, LeavesOutUnspecifiedAddresses) {
  const Result<Addresses> found = look_up("0");  // getaddrinfo reads this as 0.0.0.0
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), Errc::NotFound);
  EXPECT_THAT(found.error().message(), testing::HasSubstr("no usable address"));
}

TEST(AsioLookup, CancelEndsItAtOnce) {
  for (int i = 0; i < 20; ++i) {  // either the thread or the cancellation may come first
    const Result<Addresses> found = look_up("no.such.host.invalid", true);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), Errc::Interrupted);
  }
}

}  // namespace
}  // namespace otatool::delivery
