// Memory of a server while many devices download at once, over HTTP and over TLS.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <openssl/ssl.h>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

/// A device that is downloading.
class Download {
 public:
  virtual ~Download() = default;
  virtual void send(const std::string& request) = 0;
  /// Number of received bytes, at most `most`; 0 at the end.
  virtual std::size_t read_some(std::size_t most) = 0;
};

class PlainDownload final : public Download {
 public:
  explicit PlainDownload(std::uint16_t port) : client_(port) {}
  void send(const std::string& request) override { client_.send(request); }
  std::size_t read_some(std::size_t most) override { return client_.read_some(most).size(); }

 private:
  HttpClient client_;
};

class TlsDownload final : public Download {
 public:
  TlsDownload(std::uint16_t port, SSL_CTX* context)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), connection_(SSL_new(context)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    SSL_set_fd(connection_, socket_);
    EXPECT_EQ(SSL_connect(connection_), 1);
  }
  TlsDownload(const TlsDownload&) = delete;
  TlsDownload& operator=(const TlsDownload&) = delete;
  ~TlsDownload() override {
    SSL_free(connection_);
    close(socket_);
  }

  void send(const std::string& request) override {
    EXPECT_GT(SSL_write(connection_, request.data(), static_cast<int>(request.size())), 0);
  }
  std::size_t read_some(std::size_t most) override {
    static std::array<char, 65536> buffer;
    std::size_t got = 0;
    SSL_read_ex(connection_, buffer.data(), std::min(most, buffer.size()), &got);
    return got;
  }

 private:
  int socket_;
  SSL* connection_;
};

class ServeLimits : public ServeTest {
 protected:
  ServeLimits() { folder_.write("sketch.bin", image_); }

  static std::size_t anonymous_memory(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("RssAnon:")) {
        return static_cast<std::size_t>(std::stoul(line.substr(8))) * 1024;
      }
    }
    return 0;
  }

  template <typename MakeDownload>
  void expect_little_memory(ServeProcess& server, MakeDownload make) {
    constexpr int kDownloads = 1000;
    constexpr std::size_t kAllowed = std::size_t{64} << 20U;
    const pid_t process = server.process().pid();
    std::size_t most = 0;
    std::deque<std::unique_ptr<Download>> downloads;
    for (int i = 0; i < kDownloads; ++i) {
      downloads.push_back(make());
      downloads.back()->send(esp8266_request("/"));
    }
    // All downloads have started before the first one is read to its end.
    for (const auto& download : downloads) {
      ASSERT_EQ(download->read_some(1), 1U);
      most = std::max(most, anonymous_memory(process));
    }
    while (!downloads.empty()) {
      std::size_t total = 1;
      while (const std::size_t got = downloads.front()->read_some(65536)) {
        total += got;
      }
      ASSERT_GT(total, image_.size());
      ASSERT_LT(total, image_.size() + 1000);
      downloads.pop_front();
      ASSERT_EQ(server.next_request()["complete"], true);
      most = std::max(most, anonymous_memory(process));
    }
    EXPECT_GT(most, 0U);
    EXPECT_LT(most, kAllowed);
    RecordProperty("anonymous_bytes", static_cast<int>(most));
  }

  const std::string image_ = esp8266_image("", (std::size_t{1} << 20U) - 8192);
};

TEST_F(ServeLimits, AThousandDownloadsAtOnceNeedLittleMemory) {
  ServeProcess server({folder_ / "sketch.bin"});
  expect_little_memory(server, [&] { return std::make_unique<PlainDownload>(server.port()); });
}

TEST_F(ServeLimits, AThousandTlsDownloadsAtOnceNeedLittleMemory) {
  ServeProcess server(
      {folder_ / "sketch.bin", "--self-signed", "--ca-out", (folder_ / "ca.pem").string()});
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                             SSL_CTX_free);
  expect_little_memory(server,
                       [&] { return std::make_unique<TlsDownload>(server.port(), context.get()); });
}

}  // namespace
}  // namespace otatool::test
