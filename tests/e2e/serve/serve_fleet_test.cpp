// Which requests change what a server knows about its devices (fleet.md 1).
#include "otatool/base64.hpp"

#include "tests/e2e/serve/store_fixture.hpp"

namespace otatool::test {
namespace {

class ServeFleet : public StoreTest {
 protected:
  /// Sends a request of a device with these fields, and with the password if there is one. Returns
  /// the status.
  static unsigned send(ServeProcess& server,
                       const std::string& path,
                       const Esp8266Fields& fields,
                       const std::string& login = {},
                       const std::string& method = "GET") {
    std::string request = esp8266_request(path, fields);
    request.replace(0, 3, method);
    if (!login.empty()) {
      request.insert(request.find("Host:"),
                     "Authorization: Basic " + to_base64(as_bytes(login)) + "\r\n");
    }
    const auto reply = fetch(server.port(), request);
    return reply ? reply->status : 0;
  }
  static nlohmann::json status_for(const std::string& login, ServeProcess& server) {
    return nlohmann::json::parse(
        curl({"--user", login, server.url() + "/status.json"}).output, nullptr, false);
  }
};

TEST_F(ServeFleet, AClientWithoutThePasswordChangesNothing) {
  constexpr unsigned kDevices = 5;
  write_manifest("stages = [100]\nstage-time = \"365d\"");
  const std::string login = "ann:secret";
  ServeProcess server({site(),
                       "--store",
                       "none",
                       "--max-devices",
                       "10",
                       "--auth-file",
                       folder_.write("users.txt", login + "\n")});
  for (unsigned number = 1; number <= kDevices; ++number) {
    ASSERT_EQ(send(server, "/update", {.mac = mac_of(number), .version = "1.0.0"}, login), 200U);
  }
  const auto before = status_for(login, server)["devices"];
  ASSERT_EQ(before.size(), kDevices);
  for (unsigned number = 1; number <= kDevices; ++number) {
    const Esp8266Fields failed{.mac = mac_of(number), .version = "1.5.0"};
    EXPECT_EQ(send(server, "/update", failed), 401U);
    EXPECT_EQ(send(server, "/update", failed, "ann:wrong"), 401U);
    EXPECT_EQ(send(server, "/update", failed, login, "POST"), 405U);
    EXPECT_EQ(send(server, "/other", failed, login), 404U);
  }
  EXPECT_EQ(send(server, "/update", {.mac = mac_of(1), .version = "2.0.0"}), 401U);
  for (unsigned number = 100; number < 120; ++number) {
    EXPECT_EQ(send(server, "/update", {.mac = mac_of(number), .version = "1.0.0"}), 401U);
  }
  EXPECT_EQ(status_for(login, server)["devices"], before);
  const std::string metrics = curl({"--user", login, server.url() + "/metrics"}).output;
  EXPECT_THAT(metrics, ::testing::HasSubstr("otatool_rollout_phase{rule=\"new.bin\"} 0\n"));
  EXPECT_EQ(send(server, "/update", {.mac = mac_of(6), .version = "1.0.0"}, login), 200U);
  EXPECT_EQ(status_for(login, server)["known"], kDevices + 1);
  EXPECT_EQ(server.stop().exit_code, 0);
}

TEST_F(ServeFleet, WarnsOnceThatNoMoreDevicesAreKept) {
  ServeProcess server({site(), "--store", "none", "--max-devices", "2"});
  for (unsigned number = 1; number <= 2; ++number) {
    EXPECT_EQ(send(server, "/update", {.mac = mac_of(number), .version = "2.0.0"}), 304U);
  }
  EXPECT_THAT(curl({server.url() + "/status"}).output,
              ::testing::Not(::testing::HasSubstr("not kept")));
  for (unsigned number = 3; number <= 4; ++number) {
    EXPECT_EQ(send(server, "/update", {.mac = mac_of(number), .version = "2.0.0"}), 304U);
  }
  EXPECT_THAT(
      curl({server.url() + "/status"}).output,
      ::testing::HasSubstr("the largest number of devices is reached: 2 requests not kept"));
  ASSERT_TRUE(server.process().wait_for_error("--max-devices is reached"));
  const std::string error = server.stop().error;
  EXPECT_EQ(error.find("--max-devices"), error.rfind("--max-devices"));
}

TEST_F(ServeFleet, EveryDeviceHasAState) {
  ServeProcess server({site(), "--store", "none"});
  EXPECT_EQ(send(server, "/update", {.mac = mac_of(1), .version = "1.0.0", .mode = "version"}),
            200U);
  EXPECT_EQ(send(server, "/update", {.mac = mac_of(2), .version = "1.0.0"}, {}, "HEAD"), 200U);
  EXPECT_EQ(send(server, "/update", {.mac = mac_of(3), .version = "2.0.0"}, {}, "HEAD"), 304U);
  const auto known = devices(server);
  EXPECT_EQ(known.size(), 1U);
  EXPECT_EQ(state_of(server, 3), "current");
  EXPECT_EQ(server.stop().exit_code, 0);
}

TEST_F(ServeFleet, ADeviceThatDoesNotSayWhatItRunsGetsAnImageAFewTimes) {
  folder_.write("site/spiffs.bin", text_of(support::littlefs_image(4096, 32)));
  folder_.write("site/otatool.toml",
                "[[serve.rule]]\nimage = \"spiffs.bin\"\nmode = \"filesystem\"\n");
  ServeProcess server({site(), "--store", "none"});
  const Esp8266Fields fields{.mac = mac_of(1), .mode = "spiffs"};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(send(server, "/update", fields), 200U) << i;
  }
  EXPECT_EQ(send(server, "/update", fields), 304U);
  const auto device = devices(server)[mac_of(1)];
  EXPECT_EQ(device["state"], "downloaded");
  EXPECT_EQ(device["reason"], "several downloads, and the device does not say what it runs");
  // A newer image is another one.
  folder_.write("site/spiffs.bin", text_of(support::littlefs_image(4096, 64)));
  ASSERT_FALSE(server.next("reload").is_null());
  EXPECT_EQ(send(server, "/update", fields), 200U);
  EXPECT_EQ(server.stop().exit_code, 0);
}

}  // namespace
}  // namespace otatool::test
