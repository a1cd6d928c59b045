// The memory of a server that many devices download from at once.
#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

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

  const std::string image_ = esp8266_image("", (std::size_t{1} << 20U) - 8192);
};

TEST_F(ServeLimits, AThousandDownloadsAtOnceCostLittleMemory) {
  constexpr int kDownloads = 1000;
  constexpr std::size_t kAllowed = std::size_t{64} << 20U;
  ServeProcess server({folder_ / "sketch.bin"});
  std::deque<HttpClient> clients;
  for (int i = 0; i < kDownloads; ++i) {
    clients.emplace_back(server.port());
    clients.back().send(esp8266_request("/"));
  }
  // Each download has begun before the first one is read to its end.
  for (HttpClient& client : clients) {
    ASSERT_FALSE(client.read_some(1).empty());
  }
  const std::size_t memory = anonymous_memory(server.process().pid());
  EXPECT_GT(memory, 0U);
  EXPECT_LT(memory, kAllowed);
  RecordProperty("anonymous_bytes", static_cast<int>(memory));
  while (!clients.empty()) {
    HttpClient& client = clients.front();
    std::size_t total = 1;
    for (std::string part = client.read_some(65536); !part.empty();
         part = client.read_some(65536)) {
      total += part.size();
    }
    ASSERT_GT(total, image_.size());
    ASSERT_LT(total, image_.size() + 1000);
    clients.pop_front();
    ASSERT_EQ(server.next_request()["complete"], true);
  }
}

}  // namespace
}  // namespace otatool::test
