// A server that knows 100,000 devices: its start, one page of its status, its memory.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <unistd.h>

#include "otatool/store/store.hpp"

#include "tests/e2e/serve/store_fixture.hpp"

namespace otatool::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kDevices = 100'000;

class LargeFleet : public StoreTest {
 protected:
  /// A store with devices as a server leaves them: each has downloaded once, and one in eight runs
  /// another version.
  void fill() const {
    const auto address = store::parse_store_address(sqlite());
    ASSERT_TRUE(address) << address.error().message();
    auto opened = store::open_store(*address, store::Access::Serve);
    ASSERT_TRUE(opened) << opened.error().message();
    const auto image =
        std::make_shared<const fleet::Image>(fleet::Image{.rule = "",
                                                          .version = "2.0.0",
                                                          .sha256 = std::string(64, 'a'),
                                                          .md5 = std::string(32, 'b')});
    fleet::Changes changes;
    changes.devices.reserve(kDevices);
    for (std::uint64_t i = 0; i < kDevices; ++i) {
      fleet::Device device;
      device.mac = {0x5CCF7F000000 + i};
      device.chip = ChipFamily::Esp8266;
      device.state = fleet::State::Current;
      device.address = "10.20." + std::to_string(i / 256 % 256) + "." + std::to_string(i % 256);
      device.version = i % 8 == 0 ? "1.0.0" : "2.0.0";
      device.md5 = std::string(32, 'b');
      device.offered = "2.0.0";
      device.status = 304;
      device.requests = 1000;
      device.downloads = 1;
      device.seen = 1'790'000'000;
      device.progress[0] = {.image = image, .downloads = 1, .confirmed = true};
      changes.devices.push_back(std::move(device));
    }
    const auto written = (*opened)->append(changes, 0);
    ASSERT_TRUE(written) << written.error().message();
  }

  static std::size_t anonymous_kib(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("RssAnon:")) {
        return std::stoul(line.substr(8));
      }
    }
    return 0;
  }

  /// What a process has used of the processors, which the load of the computer hardly changes.
  static std::chrono::milliseconds processor_time(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    // The fields after the name in parentheses: utime is the 12th, stime the 13th (proc(5)).
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string skipped;
    for (int field = 1; field < 12; ++field) {
      fields >> skipped;
    }
    long user = 0;
    long system = 0;
    fields >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / sysconf(_SC_CLK_TCK));
  }

  static int milliseconds(Clock::duration time) {
    return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  }
};

TEST_F(LargeFleet, StartsQuicklyAndNeedsLittleMemory) {
  fill();
  // The quickest of several runs is what the program needs on a busy machine.
  constexpr int kRuns = 5;
  auto start = std::chrono::milliseconds::max();
  Clock::duration ready = Clock::duration::max();
  Clock::duration page = Clock::duration::max();
  std::size_t memory = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto begun = Clock::now();
    ServeProcess server(with_store(sqlite()));
    ready = std::min(ready, Clock::now() - begun);
    start = std::min(start, processor_time(server.process().pid()));
    const auto last = fleet::to_string({0x5CCF7F000000 + kDevices - 101});
    Clock::duration slower{0};
    for (const std::string& query : {std::string("limit=100"), "limit=100&after=" + last}) {
      const auto asked = Clock::now();
      HttpClient client(server.port());
      client.send("GET /status.json?" + query + " HTTP/1.1\r\nHost: a\r\n\r\n");
      const auto reply = client.read_reply();
      slower = std::max(slower, Clock::now() - asked);
      ASSERT_TRUE(reply);
      const auto status = nlohmann::json::parse(reply->body, nullptr, false);
      ASSERT_EQ(status["devices"].size(), 100U) << reply->body;
    }
    page = std::min(page, slower);
    memory = std::max(memory, anonymous_kib(server.process().pid()));
    EXPECT_EQ(server.stop().exit_code, 0);
  }
  RecordProperty("start_ms", milliseconds(start));
  RecordProperty("ready_ms", milliseconds(ready));
  RecordProperty("page_ms", milliseconds(page));
  RecordProperty("anonymous_kib", static_cast<int>(memory));
  EXPECT_GT(start.count(), 0);
  EXPECT_LT(start, std::chrono::seconds(1));
  // The time until it answers also has what it waits for: disk, and other programs.
  EXPECT_LT(ready, std::chrono::seconds(3));
  EXPECT_LT(page, std::chrono::milliseconds(50));
  EXPECT_GT(memory, 0U);
  EXPECT_LT(memory, 64U * 1024U);
}

}  // namespace
}  // namespace otatool::test
