// Limits for each client address, and addresses that a proxy reports. Each case has its own network
// namespace, whose loopback interface also has addresses of a network.
#include <deque>
#include <string>
#include <vector>

#include "otatool/base64.hpp"

#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

constexpr const char* kHealth = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

std::string get(const std::string& fields) {
  return "GET /sketch.bin HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string forwarded(const std::string& client, const std::string& login = "") {
  return get("X-Forwarded-For: " + client + "\r\n" +
             (login.empty() ? "" : "Authorization: Basic " + to_base64(as_bytes(login)) + "\r\n"));
}

class ServeCrowd : public ServeTest {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
    const Outcome made =
        run_there("ip address add 10.77.0.2/24 dev lo\nip address add 10.77.0.3/24 dev lo\n");
    ASSERT_EQ(made.exit_code, 0) << made.error;
    image_ = folder_.write("sketch.bin", esp8266_image());
  }

  /// Opens a connection and sends a request; returns the status.
  static unsigned open(std::deque<HttpClient>& held,
                       const ServeProcess& server,
                       const std::string& from) {
    held.emplace_back(server.port(), from);
    held.back().send(kHealth);
    const auto reply = held.back().read_reply();
    return reply ? reply->status : 0;
  }

  std::string image_;
};

TEST_F(ServeCrowd, OneAddressCannotTakeAllConnections) {
  ServeProcess server({image_, "--max-connections", "40", "--max-per-address", "10"});
  std::deque<HttpClient> held;
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(open(held, server, "10.77.0.2"), 200U) << i;
  }
  EXPECT_EQ(open(held, server, "10.77.0.2"), 503U);
  EXPECT_EQ(open(held, server, "10.77.0.3"), 200U);
  // This computer has no limit of its own, but leaves less for others: the last ten are for
  // addresses with fewer than four.
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(open(held, server, "127.0.0.1"), 200U) << i;
  }
  EXPECT_EQ(open(held, server, "10.77.0.3"), 200U);
  EXPECT_EQ(open(held, server, "10.77.0.3"), 200U);
  EXPECT_EQ(open(held, server, "10.77.0.3"), 200U);
  EXPECT_EQ(open(held, server, "10.77.0.3"), 503U);
  EXPECT_EQ(open(held, server, "127.0.0.1"), 200U);
}

TEST_F(ServeCrowd, OnlyATrustedProxyNamesTheClient) {
  ServeProcess server({image_, "--trusted-proxy", "10.77.0.2", "--max-per-address", "3"});
  HttpClient proxy(server.port(), "10.77.0.2");
  proxy.send(forwarded("203.0.113.5"));
  ASSERT_TRUE(proxy.read_reply());
  EXPECT_EQ(server.next_request()["client"], "203.0.113.5");
  // The address belongs to the request, not to the connection.
  proxy.send(get("Forwarded: for=\"[2001:db8::1]:4711\"\r\n"));
  ASSERT_TRUE(proxy.read_reply());
  EXPECT_EQ(server.next_request()["client"], "2001:db8::1");
  HttpClient liar(server.port(), "10.77.0.3");
  liar.send(forwarded("203.0.113.5"));
  ASSERT_TRUE(liar.read_reply());
  EXPECT_EQ(server.next_request()["client"], "10.77.0.3");
  std::deque<HttpClient> held;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(open(held, server, "10.77.0.2"), 200U);
  }
}

TEST_F(ServeCrowd, OnlyATrustedProxyUsesTheProxyProtocol) {
  using namespace std::string_literals;
  ServeProcess server({image_, "--trusted-proxy", "10.77.0.2"});
  HttpClient first(server.port(), "10.77.0.2");
  first.send("PROXY TCP4 203.0.113.5 192.0.2.1 56324 80\r\n" + forwarded("203.0.113.9"));
  ASSERT_TRUE(first.read_reply());
  // The client may not name another one.
  EXPECT_EQ(server.next_request()["client"], "203.0.113.5");
  HttpClient second(server.port(), "10.77.0.2");
  second.send("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xCB\x00\x71\x06\xC0\0\2\1\x12\x34\0\x50"s +
              get(""));
  ASSERT_TRUE(second.read_reply());
  EXPECT_EQ(server.next_request()["client"], "203.0.113.6");
  // Without a header the fields count.
  HttpClient third(server.port(), "10.77.0.2");
  third.send(forwarded("203.0.113.7"));
  ASSERT_TRUE(third.read_reply());
  EXPECT_EQ(server.next_request()["client"], "203.0.113.7");
  HttpClient malformed(server.port(), "10.77.0.2");
  malformed.send("PROXY TCP4 203.0.113.5 192.0.2.1 56324 99999\r\n" + get(""));
  EXPECT_FALSE(malformed.read_reply());
  HttpClient liar(server.port(), "10.77.0.3");
  liar.send("PROXY TCP4 203.0.113.5 192.0.2.1 56324 80\r\n" + get(""));
  const auto refused = liar.read_reply();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 400U);
}

TEST_F(ServeCrowd, AProxyHeaderMayComeInPieces) {
  ServeProcess server({image_, "--trusted-proxy", "127.0.0.1"});
  HttpClient client(server.port());
  for (const char* piece : {"P", "ROXY TCP4 203.0", ".113.5 192.0.2.1 1 2\r", "\n"}) {
    client.send(piece);
  }
  client.send(get(""));
  ASSERT_TRUE(client.read_reply());
  EXPECT_EQ(server.next_request()["client"], "203.0.113.5");
  HttpClient other(server.port());
  other.send("P");
  other.send("UT /x HTTP/1.1\r\nHost: ota\r\n\r\n");
  const auto refused = other.read_reply();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 405U);
}

TEST_F(ServeCrowd, GuessesThroughAProxyDelayTheirClientAlone) {
  constexpr int kGuesses = 40;
  const std::string users = folder_.write("users.txt", "bob:plain\n");
  ServeProcess server({image_, "--trusted-proxy", "10.77.0.0/28", "--auth-file", users});
  HttpClient proxy(server.port(), "10.77.0.2");
  std::string guesses;
  for (int i = 0; i < kGuesses; ++i) {
    guesses += forwarded("203.0.113.5", "bob:guess " + std::to_string(i));
  }
  proxy.send(guesses);
  int delayed = 0;
  for (int i = 0; i < kGuesses; ++i) {
    const auto reply = proxy.read_reply();
    ASSERT_TRUE(reply);
    delayed += reply->status == 429 ? 1 : 0;
  }
  EXPECT_GT(delayed, kGuesses / 2);
  proxy.send(forwarded("203.0.113.6", "bob:plain"));
  EXPECT_EQ(proxy.read_reply()->status, 200U);
}

TEST_F(ServeCrowd, AProxyThatIsNoAddressIsRefused) {
  const Outcome outcome = otatool({"serve", image_, "--trusted-proxy", "proxy.lan"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.error, ::testing::HasSubstr("'proxy.lan' is not an address or a network"));
}

}  // namespace
}  // namespace otatool::test
