// Costly requests of one client do not keep other clients waiting.
#include <list>
#include <string>

#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/stopped_process.hpp"

namespace otatool::test {
namespace {

class ServeBusy : public ServeTest {
 protected:
  ServeBusy() { folder_.write("sketch.bin", esp8266_image()); }
};

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

std::string mac(int number) {
  const auto two_digits = [](int value) { return std::to_string(100 + value).substr(1); };
  return "02:00:00:00:" + two_digits(number / 100) + ":" + two_digits(number % 100);
}

TEST_F(ServeBusy, TheStatusOfManyDevicesIsMadeBetweenOtherRequests) {
  // Few enough that the response fits into the buffers of the connection.
  constexpr int kDevices = 100;
  ServeProcess server({folder_ / "sketch.bin", "--access-log", folder_ / "access.log"});
  HttpClient devices(server.port());
  for (int i = 0; i < kDevices; ++i) {
    devices.send("GET / HTTP/1.1\r\nHost: x\r\nx-ESP8266-mode: version\r\nx-ESP8266-STA-MAC: " +
                 mac(i) + "\r\n\r\n");
    ASSERT_TRUE(devices.read_reply());
    server.next_request();
  }
  HttpClient before(server.port());
  HttpClient page(server.port());
  HttpClient after(server.port());
  for (HttpClient* client : {&before, &page, &after}) {
    client->send(get("/healthz"));
    ASSERT_TRUE(client->read_reply());
    server.next_request();
  }
  // The stopped server finds all three requests at once and answers them in any order.
  for (int round = 0; round < 6; ++round) {
    {
      const Stopped stopped(server.process());
      before.send(get("/healthz"));
      page.send(get("/status.json"));
      after.send(get("/healthz"));
    }
    EXPECT_EQ(server.next_request()["path"], "/healthz");
    EXPECT_EQ(server.next_request()["path"], "/healthz");
    EXPECT_EQ(server.next_request()["path"], "/status.json");
    const auto reply = page.read_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(nlohmann::json::parse(reply->body)["devices"].size(), kDevices);
    ASSERT_TRUE(before.read_reply());
    ASSERT_TRUE(after.read_reply());
  }
}

class ServePages : public ServeBusy {};

TEST_F(ServePages, ThatNobodyReadsAreBounded) {
  // Each page is larger than the send buffer of a connection: a byte that is not UTF-8 becomes
  // three.
  constexpr int kDevices = 6000;  // of the addresses that mac() has
  constexpr int kPages = 16;
  ServeProcess server({folder_ / "sketch.bin", "--access-log", folder_ / "access.log"});
  HttpClient devices(server.port());
  const std::string text(128, '\xFF');
  for (int i = 0; i < kDevices; ++i) {
    devices.send("GET / HTTP/1.1\r\nHost: x\r\nx-ESP8266-mode: " + text +
                 "\r\nx-ESP8266-version: " + text + "\r\nx-ESP8266-STA-MAC: " + mac(i) +
                 "\r\n\r\n");
    ASSERT_TRUE(devices.read_reply());
    server.next_request();
  }
  const auto status_of = [&server](const std::string& path) {
    const auto reply = fetch(server.port(), "GET " + path + " HTTP/1.0\r\n\r\n");
    return reply ? reply->status : 0;
  };
  {
    std::list<HttpClient> unread;
    for (int i = 0; i < kPages; ++i) {
      unread.emplace_back(server.port());
      unread.back().set_receive_buffer(4096);
      unread.back().send(get("/status.json"));
    }
    EXPECT_TRUE(eventually([&] { return status_of("/status.json?limit=4000") == 503; }));
    EXPECT_EQ(status_of("/healthz"), 200U);
    EXPECT_EQ(status_of("/sketch.bin"), 200U);
    for (HttpClient& client : unread) {
      client.reset();
    }
  }
  EXPECT_TRUE(eventually([&] { return status_of("/status.json?limit=4000") == 200; }));
}

}  // namespace
}  // namespace otatool::test
