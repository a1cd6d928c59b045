// Server-sent events of the status page as bytes: their limit, and their end.
#include <deque>
#include <string>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kRequest = "GET /status/events HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::size_t kMostFeeds = 32;

class ServeEvents : public ServeTest {
 protected:
  ServeEvents() : server_({folder_.write("sketch.bin", esp8266_image()), "--store", "none"}) {}

  /// What a client receives until a text that contains `part`; empty at the end of the connection.
  static std::string read_until(HttpClient& client, const std::string& part) {
    std::string text;
    while (text.find(part) == std::string::npos) {
      const std::string more = client.read_some(4096);
      if (more.empty()) {
        return {};
      }
      text += more;
    }
    return text;
  }
  void ask(const std::string& mac) {
    EXPECT_TRUE(fetch(server_.port(), esp8266_request("/", {.mac = mac, .version = "1"})));
  }

  ServeProcess server_;
};

TEST_F(ServeEvents, TellChangesUntilTheServerStops) {
  HttpClient client(server_.port());
  client.send(kRequest);
  EXPECT_THAT(read_until(client, "\n\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  ask("5C:CF:7F:00:00:01");
  EXPECT_THAT(read_until(client, "5C:CF:7F:00:00:01"), HasSubstr("data: {"));
  server_.process().send_signal(SIGTERM);
  while (!client.read_some(4096).empty()) {
  }
  EXPECT_EQ(server_.process().wait().exit_code, 0);
}

TEST_F(ServeEvents, HaveALimitOfClients) {
  std::deque<HttpClient> clients;
  for (std::size_t count = 0; count < kMostFeeds; ++count) {
    clients.emplace_back(server_.port()).send(kRequest);
    ASSERT_THAT(read_until(clients.back(), "\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  }
  const auto refused = fetch(server_.port(), kRequest);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503U);
  EXPECT_EQ(refused->field("retry-after"), "10");
  // The record of its request shows that the server has noticed that a client is gone.
  clients.pop_front();
  while (server_.next_request().value("status", 0) != 200) {
  }
  HttpClient next(server_.port());
  next.send(kRequest);
  EXPECT_THAT(read_until(next, "\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServeEvents, DoNotWaitForAClientThatReadsNothing) {
  HttpClient silent(server_.port());
  silent.set_receive_buffer(1024);
  silent.send(kRequest);
  for (unsigned number = 10; number < 90; ++number) {
    ask("5C:CF:7F:00:00:" + std::to_string(number));
  }
  HttpClient other(server_.port());
  other.send(kRequest);
  EXPECT_THAT(read_until(other, "80 of 80 devices"), HasSubstr("data: {"));
  server_.process().send_signal(SIGTERM);
  EXPECT_EQ(server_.process().wait().exit_code, 0);
}

}  // namespace
}  // namespace otatool::test
