#include "http/server/asio_client_address.hpp"

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using boost::asio::ip::make_address;

std::string client(const ProxyList& proxies, const char* peer, std::vector<HeaderField> fields) {
  return proxies.client(make_address(peer), fields).text;
}

TEST(ClientAddress, AnIpv6NetworkCountsAsOneClient) {
  EXPECT_EQ(client_address(make_address("192.0.2.1")).network, "192.0.2.1");
  EXPECT_EQ(client_address(make_address("::ffff:192.0.2.1")).text, "192.0.2.1");
  EXPECT_EQ(client_address(make_address("2001:db8:0:1:2::3")).text, "2001:db8:0:1:2::3");
  EXPECT_EQ(client_address(make_address("2001:db8:0:1:2::3")).network, "2001:db8:0:1::/64");
  EXPECT_EQ(client_address(make_address("2001:db8:0:1:9::9")).network, "2001:db8:0:1::/64");
}

TEST(ProxyList, ReadsAddressesAndNetworks) {
  const auto proxies = ProxyList::make({"10.0.0.0/8", "192.0.2.1", "fd00::/8", "::1"});
  ASSERT_TRUE(proxies);
  for (const char* inside : {"10.255.0.1", "192.0.2.1", "::ffff:10.1.2.3", "fd12::1", "::1"}) {
    EXPECT_TRUE(proxies->contains(make_address(inside))) << inside;
  }
  for (const char* outside : {"11.0.0.1", "192.0.2.2", "fe80::1", "::2"}) {
    EXPECT_FALSE(proxies->contains(make_address(outside))) << outside;
  }
  for (const char* wrong : {"", "x", "10.0.0.0/33", "10.0.0.0/", "fd00::/129", "10.0.0/8", "::g"}) {
    const auto refused = ProxyList::make({wrong});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code(), Errc::Usage);
  }
}

TEST(ProxyList, OnlyATrustedProxyIsBelieved) {
  const auto proxies = ProxyList::make({"10.0.0.0/8"});
  ASSERT_TRUE(proxies);
  const HeaderField reported{"X-Forwarded-For", "203.0.113.9, 198.51.100.7"};
  EXPECT_EQ(client(*proxies, "10.0.0.1", {reported}), "198.51.100.7");
  EXPECT_EQ(client(*proxies, "::ffff:10.0.0.1", {reported}), "198.51.100.7");
  EXPECT_EQ(client(*proxies, "192.0.2.1", {reported}), "192.0.2.1");
  EXPECT_EQ(client(ProxyList(), "10.0.0.1", {reported}), "10.0.0.1");
  EXPECT_EQ(client(*proxies, "10.0.0.1", {}), "10.0.0.1");
  // What the client wrote before the proxy added its address does not count.
  EXPECT_EQ(client(*proxies, "10.0.0.1", {{"X-Forwarded-For", "1.1.1.1, 10.9.9.9, 2.2.2.2"}}),
            "2.2.2.2");
  // Two proxies in a row.
  EXPECT_EQ(client(*proxies, "10.0.0.1", {{"X-Forwarded-For", "1.1.1.1, 2.2.2.2, 10.0.0.2"}}),
            "2.2.2.2");
  EXPECT_EQ(client(*proxies, "10.0.0.1", {{"Forwarded", "for=\"[2001:db8::1]:80\""}}),
            "2001:db8::1");
  EXPECT_EQ(client(*proxies, "10.0.0.1", {{"Forwarded", "for=unknown"}}), "10.0.0.1");
  EXPECT_EQ(client(*proxies, "10.0.0.1", {reported, {"Forwarded", "for=3.3.3.3"}}), "10.0.0.1");
}

}  // namespace
}  // namespace otatool::http
