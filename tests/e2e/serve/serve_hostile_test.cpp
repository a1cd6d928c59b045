// Hostile and broken clients, and the end of the server: other clients are served as before, and no
// client is left waiting.
#include <array>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class ServeHostile : public ServeTest {
 protected:
  ServeHostile() { folder_.write("sketch.bin", image_); }

  [[nodiscard]] std::vector<std::string> with(std::vector<std::string> more) const {
    more.insert(more.begin(), {folder_ / "sketch.bin", "--access-log", folder_ / "access.log"});
    return more;
  }
  static bool is_healthy(const ServeProcess& server) {
    const auto reply = fetch(server.port(), "GET /healthz HTTP/1.0\r\n\r\n");
    return reply && reply->body == "ok\n";
  }
  const std::string image_ = esp8266_image("", (std::size_t{1} << 20U) - 8192);
};

TEST_F(ServeHostile, SlowClientsAndUnfinishedRequestsAreClosed) {
  ServeProcess server(with({"--head-timeout", "0.5", "--stall-timeout", "1"}));
  HttpClient silent(server.port());
  HttpClient half(server.port());
  half.send("GET / HTTP/1.1\r\nHost:");
  HttpClient drip(server.port());
  bool drip_ended = false;
  for (int i = 0; i < 1'000 && !drip_ended; ++i) {
    drip.send("G");
    drip_ended = drip.is_closed_within(milliseconds(100));
  }
  EXPECT_TRUE(drip_ended);
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(half.is_closed());

  HttpClient stalled(server.port());
  stalled.set_receive_buffer(4096);
  stalled.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto event = server.next_request();
  EXPECT_EQ(event["status"], 200);
  EXPECT_EQ(event["complete"], false);
  EXPECT_TRUE(is_healthy(server));
}

TEST_F(ServeHostile, LargeHeadsAndBodiesAndInvalidRequestsAreRefused) {
  ServeProcess server(with({}));
  const std::string long_field = "X: " + std::string(9000, 'x') + "\r\n";
  const auto answer = [&](const std::string& request) {
    const auto reply = fetch(server.port(), request);
    return reply ? reply->status : 0;
  };
  EXPECT_EQ(answer("GET / HTTP/1.1\r\n" + long_field + "\r\n"), 431U);
  EXPECT_EQ(answer("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n\r\n"), 414U);
  EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"), 405U);
  EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n"), 405U);
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"), 413U);
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), 413U);
  EXPECT_EQ(answer("POST / HTTP/1.1\r\nHost: x\r\n\r\n"), 405U);
  EXPECT_EQ(answer("BREW / HTTP/1.1\r\nHost: x\r\n\r\n"), 501U);
  EXPECT_EQ(answer("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), 200U);
  EXPECT_EQ(answer("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), 200U);
  EXPECT_EQ(answer("GET / HTTP/1.1\r\n\r\n"), 400U);
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"), 400U);
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400U);
  EXPECT_EQ(answer("GET / \r\n\r\n"), 400U);
  EXPECT_EQ(answer("nonsense\r\n\r\n"), 400U);
  EXPECT_EQ(answer("\x16\x03\x01\x02\x01\xFC\x03\x03\r\n\r\n"), 400U);
  EXPECT_TRUE(is_healthy(server));
}

TEST_F(ServeHostile, NoBodyBecomesTheNextRequest) {
  ServeProcess server(with({}));
  const std::string hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
  const auto expect_one_answer = [&](const std::string& method,
                                     const std::string& version,
                                     const std::string& fields,
                                     unsigned status) {
    const std::string head = method + " /sketch.bin HTTP/" + version + "\r\nHost: x\r\n" + fields;
    HttpClient client(server.port());
    client.send(head + "\r\n" + hidden);
    const auto reply = client.read_reply();
    ASSERT_TRUE(reply) << head;
    EXPECT_EQ(reply->status, status) << head;
    EXPECT_EQ(client.read_some(4096), "") << head;
  };
  for (const char* encoding : {"identity",
                               "gzip",
                               "gzip, chunked",
                               "chunked, gzip",
                               "chunked, identity",
                               "chunked, chunked",
                               "xchunked",
                               "chunked;q=1",
                               "\"chunked\"",
                               "chunked\r\nTransfer-Encoding: chunked",
                               "chunked\r\nTransfer-Encoding: identity",
                               "identity\r\nTransfer-Encoding: chunked",
                               "\r\n identity",
                               ""}) {
    const std::string field = "Transfer-Encoding: " + std::string(encoding) + "\r\n";
    expect_one_answer("POST", "1.1", field, 400);
    expect_one_answer("GET", "1.1", field, 400);
    expect_one_answer("POST", "1.1", length + field, 400);
    expect_one_answer("POST", "1.1", field + length, 400);
    expect_one_answer("POST", "1.0", "Connection: keep-alive\r\n" + field, 400);
  }
  for (const char* order : {"before", "after"}) {
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    const bool before = std::string_view(order) == "before";
    expect_one_answer("POST", "1.1", before ? length + chunked : chunked + length, 400);
  }
  expect_one_answer("POST", "1.0", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", 400);
  expect_one_answer("POST", "1.1", "Transfer-Encoding : identity\r\n", 400);
  expect_one_answer("POST", "1.1", "Transfer-Encoding: chunked\r\n", 405);
  expect_one_answer("POST", "1.1", length, 405);
  expect_one_answer("GET", "1.1", length, 413);
  expect_one_answer("POST", "1.1", length + "Content-Length: 0\r\n", 400);
  EXPECT_TRUE(is_healthy(server));
}

TEST_F(ServeHostile, TenThousandRandomRequestsDoNoHarm) {
  ServeProcess server(with({"--head-timeout", "2", "-q"}));
  std::mt19937 random(7);
  const std::array<std::string, 6> pieces = {
      "GET ", "/", " HTTP/1.1\r\n", "Host: x\r\n", "\r\n", "Range: bytes=1-2\r\n"};
  for (int i = 0; i < 10'000; ++i) {
    HttpClient client(server.port());
    std::string request;
    for (std::size_t n = 1 + random() % 6; n > 0; --n) {
      if (random() % 2 == 0) {
        request += pieces.at(random() % pieces.size());
      }
      for (std::size_t length = random() % 40; length > 0; --length) {
        request.push_back(static_cast<char>(random()));
      }
    }
    client.send(request);
    client.reset();
    if (i % 500 == 0) {
      ASSERT_TRUE(is_healthy(server)) << "after " << i;
      while (server.next_request()["path"] != "/healthz") {
      }
    }
  }
  EXPECT_TRUE(is_healthy(server));
  const auto reply = fetch(server.port(), esp8266_request("/"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, image_);
}

TEST_F(ServeHostile, PipelinedRequestsAreEachRecordedOnce) {
  ServeProcess server(with({}));
  constexpr int kDownloads = 5;
  std::string requests;
  for (int i = 0; i < kDownloads; ++i) {
    requests += "GET /sketch.bin HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  {
    HttpClient client(server.port());
    client.send(requests + "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < kDownloads; ++i) {
      const auto reply = client.read_reply();
      ASSERT_TRUE(reply);
      EXPECT_TRUE(reply->body == image_);
    }
    const auto last = client.read_reply();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->body, "ok\n");
  }
  int downloads = 0;
  for (int i = 0; i < kDownloads + 1; ++i) {
    const auto event = server.next_request();
    downloads += event["path"] == "/sketch.bin" ? 1 : 0;
    EXPECT_EQ(event["complete"], true);
  }
  EXPECT_EQ(downloads, kDownloads);
  const auto metrics = fetch(server.port(), "GET /metrics HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(metrics);
  EXPECT_THAT(metrics->body, HasSubstr("\notatool_downloads 0\n"));
  EXPECT_THAT(metrics->body, HasSubstr("otatool_downloads_total{result=\"complete\"} 5\n"));
  EXPECT_THAT(metrics->body, HasSubstr("otatool_requests_total{status=\"200\"} 6\n"));
}

TEST_F(ServeHostile, AResetAmongPipelinedDownloadsIsRecordedAsIncomplete) {
  ServeProcess server(with({}));
  HttpClient client(server.port());
  client.set_receive_buffer(65536);
  client.send(
      "GET /sketch.bin HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /sketch.bin HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(client.read_reply());
  ASSERT_FALSE(client.read_some(4096).empty());
  client.reset();
  const auto first = server.next_request();
  EXPECT_EQ(first["complete"], true);
  EXPECT_EQ(first["bytes"], image_.size());
  EXPECT_EQ(server.next_request()["complete"], false);
  const auto metrics = fetch(server.port(), "GET /metrics HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(metrics);
  EXPECT_THAT(metrics->body, HasSubstr("\notatool_downloads 0\n"));
}

TEST_F(ServeHostile, AClientThatPipelinesWithoutReadingGets64Responses) {
  folder_.write("small.txt", std::string(1024, 's'));
  ServeProcess server({folder_ / "", "--stall-timeout", "1000"});
  HttpClient client(server.port());
  client.set_receive_buffer(4096);
  constexpr int kRequests = 400;
  std::string requests;
  for (int i = 0; i < kRequests; ++i) {
    requests += "GET /small.txt HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  client.send(requests);
  // All responses that the server is going to send are then in the kernel.
  ASSERT_TRUE(eventually([&] {
    const auto metrics = fetch(server.port(), "GET /metrics HTTP/1.0\r\n\r\n");
    return metrics && metrics->body.find("\notatool_downloads 65\n") != std::string::npos;
  }));
  int replies = 0;
  std::string connection;
  while (const auto reply = client.read_reply()) {
    ++replies;
    connection = reply->field("connection");
  }
  EXPECT_EQ(connection, "close");
  EXPECT_GE(replies, 65);
  EXPECT_LT(replies, 300);
}

TEST_F(ServeHostile, ConnectionsAboveTheLimitGet503) {
  ServeProcess server(with({"--max-connections", "5"}));
  std::deque<HttpClient> held;
  for (int i = 0; i < 5; ++i) {
    held.emplace_back(server.port());
    held.back().send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(held.back().read_reply());
  }
  HttpClient sixth(server.port());
  const auto refusal = sixth.read_reply();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 503U);
  EXPECT_NE(refusal->field("retry-after"), "");
  held.pop_back();
  EXPECT_TRUE(eventually([&server] { return is_healthy(server); }));
}

TEST_F(ServeHostile, OnlySomeConnectionsAboveTheLimitGetAnAnswer) {
  // A rejected connection waits for the client's TLS handshake, so the test keeps it open.
  ServeProcess server(with({"--max-connections",
                            "1",
                            "--head-timeout",
                            "1000",
                            "--self-signed",
                            "--ca-out",
                            folder_ / "ca.pem"}));
  const HttpClient served(server.port());
  std::deque<HttpClient> rejected;
  for (int i = 0; i < 63; ++i) {
    rejected.emplace_back(server.port());
  }
  EXPECT_EQ(curl({"--insecure", "-w", "%{http_code}", "-o", folder_ / "body", server.url()}).output,
            "503");
  rejected.emplace_back(server.port());
  HttpClient unanswered(server.port());
  EXPECT_TRUE(unanswered.is_closed());
  EXPECT_FALSE(rejected.back().is_closed_within(milliseconds(0)));
}

TEST_F(ServeHostile, SigtermWaitsForRunningDownloadsAndClosesIdleConnections) {
  ServeProcess server(with({}));
  HttpClient idle(server.port());
  idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(idle.read_reply());
  HttpClient client(server.port());
  client.set_receive_buffer(65536);
  client.send(esp8266_request("/"));
  std::string got = client.read_some(1);
  server.process().send_signal(SIGTERM);
  EXPECT_TRUE(idle.is_closed());
  for (std::string part = client.read_some(65536); !part.empty(); part = client.read_some(65536)) {
    got += part;
  }
  EXPECT_EQ(got.substr(got.find("\r\n\r\n") + 4), image_);
  const Outcome outcome = server.process().wait();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, HasSubstr("stopping after 1 running"));
  EXPECT_THAT(outcome.output, HasSubstr("\"event\":\"summary\""));
}

TEST_F(ServeHostile, SigtermDoesNotWaitForUnfinishedRequests) {
  // Longer than the limit of the server process: a server that waited for either would be killed.
  ServeProcess server(with({"--grace", "1000", "--head-timeout", "1000"}));
  HttpClient silent(server.port());
  HttpClient half(server.port());
  half.send("GET /hea");
  HttpClient second(server.port());
  second.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /hea");
  ASSERT_TRUE(second.read_reply());
  ASSERT_TRUE(is_healthy(server));
  EXPECT_EQ(server.stop().exit_code, 0);
}

TEST_F(ServeHostile, DownloadsAreClosedAtTheEndOfTheGrace) {
  ServeProcess server(with({"--grace", "0.5", "--stall-timeout", "1000"}));
  HttpClient client(server.port());
  client.set_receive_buffer(4096);
  client.send(esp8266_request("/"));
  ASSERT_FALSE(client.read_some(1).empty());
  EXPECT_EQ(server.stop().exit_code, 0);
}

TEST_F(ServeHostile, ASecondSignalEndsTheServerAtOnce) {
  ServeProcess server(with({"--grace", "1000", "--stall-timeout", "1000"}));
  HttpClient client(server.port());
  client.set_receive_buffer(4096);
  client.send(esp8266_request("/"));
  ASSERT_FALSE(client.read_some(1).empty());
  server.process().send_signal(SIGINT);
  ASSERT_TRUE(server.process().wait_for_error("stopping"));
  EXPECT_EQ(server.stop().exit_code, 130);
}

TEST_F(ServeHostile, APortInUseIsReported) {
  ServeProcess server(with({}));
  const Outcome second = otatool(
      {"serve", folder_ / "sketch.bin", "--listen", "127.0.0.1:" + std::to_string(server.port())});
  EXPECT_EQ(second.exit_code, 5);
  EXPECT_THAT(second.error, HasSubstr("cannot listen on 127.0.0.1 port"));
}

}  // namespace
}  // namespace otatool::test
