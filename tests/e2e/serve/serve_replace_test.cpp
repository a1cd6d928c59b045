// A manifest that is replaced again and again while devices ask.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

constexpr int kManifests = 100;

class ServeReplace : public ServeTest {
 protected:
  ServeReplace() {
    for (std::size_t i = 0; i < images_.size(); ++i) {
      images_.at(i) = esp8266_image("image " + std::to_string(i));
      folder_.write("site/" + std::to_string(i) + ".bin", images_.at(i));
    }
    replace(1);
  }

  /// Manifest `number` gives version `number`, which is one of the two images.
  void replace(int number) const {
    const std::string image = std::to_string(number % 2) + ".bin";
    folder_.write(
        "site/new",
        "[[serve.rule]]\nimage = '" + image + "'\nversion = '" + std::to_string(number) + "'\n");
    std::filesystem::rename(folder_ / "site/new", folder_ / "site/otatool.toml");
  }

  /// Another device each time: one that downloads without effect would have to wait.
  std::string next_mac() {
    const unsigned number = ++macs_;
    char mac[sizeof "5C:CF:7F:01:02:03"] = {};
    std::snprintf(mac,
                  sizeof mac,
                  "5C:CF:7F:%02X:%02X:%02X",
                  number >> 16U & 0xFFU,
                  number >> 8U & 0xFFU,
                  number & 0xFFU);
    return mac;
  }

  /// Devices ask one after the other. Each answer is one of the images, with a version of it that
  /// is not older than the one before.
  void ask_until_stopped(std::uint16_t port) {
    int last = 0;
    while (!stopped_) {
      const auto reply = fetch(port, esp8266_request("/update", {.mac = next_mac()}));
      const int version =
          reply && reply->status == 200 ? std::stoi("0" + reply->field("x-version")) : 0;
      const bool right = version >= std::max(last, 1) && version <= kManifests &&
                         reply->body == images_.at(static_cast<std::size_t>(version) % 2);
      if (!right) {
        ADD_FAILURE() << "after version " << last << ": "
                      << (reply ? reply->status_line + ", version " + reply->field("x-version") +
                                      ", " + std::to_string(reply->body.size()) + " bytes"
                                : "no answer");
        stopped_ = true;
      }
      last = version;
      ++answers_;
    }
  }

  /// Reads the log until a device gets `version`. False if the server refuses a manifest.
  bool await_version(ServeProcess& server, const std::string& version) {
    while (!stopped_) {
      const auto line = server.process().read_line();
      const auto event = nlohmann::json::parse(line.value_or(""), nullptr, false);
      if (!line || event.is_discarded() || !event.value("ok", true)) {
        ADD_FAILURE() << "instead of version " << version << ": " << line.value_or("the end");
        return false;
      }
      if (event.value("event", "") == "request" && event["offered"] == version) {
        return true;
      }
    }
    return false;
  }

  std::array<std::string, 2> images_;
  std::atomic<unsigned> macs_ = 0;
  std::atomic<unsigned> answers_ = 0;
  std::atomic<bool> stopped_ = false;
};

TEST_F(ServeReplace, AHundredManifestsUnderLoad) {
  ServeProcess server({folder_ / "site"}, std::chrono::seconds(250));
  std::vector<std::thread> clients(3);
  std::ranges::generate(clients, [&] {
    return std::thread([this, port = server.port()] { ask_until_stopped(port); });
  });
  bool good = await_version(server, "1");
  for (int number = 2; good && number <= kManifests; ++number) {
    replace(number);
    // The server notices each change itself; a signal saves time.
    if (number % 10 != 0) {
      server.process().send_signal(SIGHUP);
    }
    good = await_version(server, std::to_string(number));
  }
  stopped_ = true;
  for (std::thread& client : clients) {
    client.join();
  }
  ASSERT_TRUE(good);
  EXPECT_GE(answers_, 10U * kManifests);
  const auto last = fetch(server.port(), esp8266_request("/update", {.mac = next_mac()}));
  ASSERT_TRUE(last);
  EXPECT_EQ(last->field("x-version"), std::to_string(kManifests));
  EXPECT_EQ(last->body, images_.at(kManifests % 2));
  EXPECT_EQ(server.stop().exit_code, 0);
}

}  // namespace
}  // namespace otatool::test
