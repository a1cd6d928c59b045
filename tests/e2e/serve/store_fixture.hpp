// A server with a store, and devices that ask it.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/patience.hpp"

namespace otatool::test {

class StoreTest : public ServeTest {
 protected:
  StoreTest() {
    folder_.write("site/old.bin", esp8266_image("old"));
    folder_.write("site/new.bin", esp8266_image("new"));
    write_manifest("");
  }

  /// Version 2.0.0 for everybody by a rule with `more` keys, above a rule for version 1.0.0.
  void write_manifest(const std::string& more) {
    folder_.write("site/otatool.toml",
                  "[serve.names]\n\"5C:CF:7F:00:00:01\" = \"kitchen\"\n"
                  "[[serve.rule]]\nimage = \"new.bin\"\nversion = \"2.0.0\"\n" +
                      more + "\n[[serve.rule]]\nimage = \"old.bin\"\nversion = \"1.0.0\"\n");
  }

  [[nodiscard]] std::string site() const { return folder_ / "site"; }
  [[nodiscard]] std::string file() const { return folder_ / "store/fleet.sqlite3"; }
  [[nodiscard]] std::string sqlite() const {
    std::filesystem::create_directories(folder_ / "store");
    return "sqlite:" + file();
  }
  [[nodiscard]] std::vector<std::string> with_store(const std::string& store) const {
    return {site(), "--store", store};
  }

  static std::string mac_of(unsigned number) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string mac = "5C:CF:7F:00:00:00";
    for (const std::size_t at : {16U, 15U, 13U, 12U, 10U, 9U}) {
      mac[at] = kDigits[number & 0xFU];
      number >>= 4U;
    }
    return mac;
  }
  /// A device that runs `version` asks and reads the answer; returns the status.
  static unsigned ask(std::uint16_t port, unsigned number, const std::string& version) {
    HttpClient client(port);
    client.send(esp8266_request("/update", {.mac = mac_of(number), .version = version}));
    const auto reply = client.read_reply();
    return reply ? reply->status : 0;
  }
  static nlohmann::json status(const std::string& url) {
    return nlohmann::json::parse(curl({url + "/status.json"}).output, nullptr, false);
  }
  /// The devices of the status by MAC.
  static std::map<std::string, nlohmann::json> devices(ServeProcess& server) {
    std::map<std::string, nlohmann::json> by_mac;
    for (const auto& device : status(server.url()).value("devices", nlohmann::json::array())) {
      by_mac[device.value("mac", "")] = device;
    }
    return by_mac;
  }
  static std::string state_of(ServeProcess& server, unsigned number) {
    const auto known = devices(server);
    const auto device = known.find(mac_of(number));
    return device == known.end() ? "unknown" : device->second.value("state", "");
  }
  /// Asks for the status until `done` accepts it.
  template <typename Done>
  static bool await_status(ServeProcess& server, Done done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      const auto now = status(server.url());
      if (!now.is_discarded() && done(now)) {
        return true;
      }
    }
    return false;
  }
  static bool await_trouble(ServeProcess& server, bool expected) {
    return await_status(server, [expected](const nlohmann::json& now) {
      return now.value("store_trouble", "").empty() != expected;
    });
  }
  static Outcome query(const std::string& path, const std::string& sql) {
    return run({.program = "/usr/bin/sqlite3", .arguments = {path, sql}});
  }
};

}  // namespace otatool::test
