#include "mdns/pluggable/pluggable_session.hpp"

#include <gmock/gmock.h>

namespace otatool::mdns {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Millis = PluggableSession::Millis;

class FakeSearch final : public PluggableSearch {
 public:
  Result<void> start() override {
    if (failure) {
      return fail(*failure);
    }
    ++searches;
    return {};
  }
  void stop() override { --searches; }

  int searches = 0;
  std::optional<Error> failure;
};

mdns::Device device(std::size_t id, const std::string& address) {
  mdns::Device device;
  device.id = id;
  device.name = "kitchen";
  device.type = "_arduino._tcp";
  device.host = "kitchen.local";
  device.addresses = {{.ip = address, .interface = "eth0"}};
  device.port = 8266;
  device.board = "d1_mini";
  device.txt = {{"board", "d1_mini"}, {"auth_upload", "yes"}};
  return device;
}

class Pluggable : public testing::Test {
 protected:
  /// The replies to `line` as `event` or `event!` for an error.
  std::vector<std::string> say(std::string_view line, Millis now = Millis(0)) {
    session_.take_line(line, now);
    return events();
  }
  std::vector<std::string> events() {
    std::vector<std::string> texts;
    for (const json& message : session_.take_output()) {
      std::string text = message.at("eventType");
      text += message.value("error", false) ? "!" : "";
      if (message.contains("port")) {
        text += " " + message.at("port").at("address").get<std::string>();
      }
      texts.push_back(text);
    }
    return texts;
  }
  std::vector<std::string> at(Millis now) {
    session_.pass_time(now);
    return events();
  }
  void start_sync() {
    say(R"(HELLO 1 "me")");
    say("START_SYNC");
  }

  FakeSearch search_;
  PluggableSession session_{search_};
};

TEST_F(Pluggable, GreetsAsArduinoCliExpects) {
  session_.take_line(R"(HELLO 1 "arduino-cli 1.4.1")", Millis(0));
  EXPECT_THAT(
      session_.take_output(),
      ElementsAre(json({{"eventType", "hello"}, {"protocolVersion", 1}, {"message", "OK"}})));
}

TEST_F(Pluggable, TheFirstCommandIsHello) {
  for (const char* line : {"START", "START_SYNC", "LIST", "STOP", "NONSENSE"}) {
    EXPECT_THAT(say(line), ElementsAre("command_error!")) << line;
  }
  for (const char* line : {"HELLO",
                           "HELLO 1",
                           "HELLO x \"me\"",
                           "HELLO 1 me",
                           "HELLO 1 \"a\"b\"",
                           "HELLO 0 \"me\"",
                           "HELLO 1\"me\""}) {
    EXPECT_THAT(say(line), ElementsAre("hello!")) << line;
  }
  EXPECT_THAT(say(R"(hello 2 "newer")"), ElementsAre("hello"));
  EXPECT_THAT(say(R"(HELLO 1 "me")"), ElementsAre("hello!"));
}

TEST_F(Pluggable, RefusesCommandsOutOfOrder) {
  say(R"(HELLO 1 "me")");
  EXPECT_THAT(say("LIST"), ElementsAre("list!"));
  EXPECT_THAT(say("STOP"), ElementsAre("stop!"));
  EXPECT_THAT(say("start"), ElementsAre("start"));
  EXPECT_THAT(say("START"), ElementsAre("start!"));
  EXPECT_THAT(say("START_SYNC"), ElementsAre("start_sync!"));
  EXPECT_THAT(say("STOP"), ElementsAre("stop"));
  EXPECT_THAT(say("START_SYNC"), ElementsAre("start_sync"));
  EXPECT_THAT(say("LIST"), ElementsAre("list!"));
  EXPECT_THAT(say("FROBNICATE"), ElementsAre("command_error!"));
  EXPECT_THAT(say("  \r"), IsEmpty());
  EXPECT_EQ(search_.searches, 1);
  EXPECT_THAT(say("QUIT"), ElementsAre("quit"));
  EXPECT_TRUE(session_.quit());
  EXPECT_EQ(search_.searches, 0);
}

TEST_F(Pluggable, QuitWorksBeforeHello) {
  EXPECT_THAT(say("QUIT\r"), ElementsAre("quit"));
  EXPECT_TRUE(session_.quit());
}

TEST_F(Pluggable, ReportsASearchThatCannotStart) {
  say(R"(HELLO 1 "me")");
  search_.failure = Error(Errc::NetworkFailed, "no network");
  EXPECT_THAT(say("START_SYNC"), ElementsAre("start_sync!"));
  search_.failure.reset();
  EXPECT_THAT(say("START_SYNC"), ElementsAre("start_sync"));
}

TEST_F(Pluggable, ListsTheKnownPorts) {
  say(R"(HELLO 1 "me")");
  say("START");
  session_.take_line("LIST", Millis(0));
  EXPECT_EQ(session_.take_output().front(),
            json({{"eventType", "list"}, {"ports", json::array()}}));
  session_.take_device(device(1, "10.0.0.7"), Millis(5));
  session_.take_device(device(2, "10.0.0.8"), Millis(5));
  session_.lose_device(device(2, "10.0.0.8"), Millis(6));
  EXPECT_THAT(at(Millis(2'000)), IsEmpty()) << "nothing is told without START_SYNC";
  session_.take_line("LIST", Millis(2'000));
  const json ports = session_.take_output().front().at("ports");
  ASSERT_THAT(ports, SizeIs(1));
  EXPECT_EQ(ports.at(0).at("address"), "10.0.0.7");
}

TEST_F(Pluggable, APortHasThePropertiesThatRecipesNeed) {
  const json port = pluggable_port(device(1, "10.0.0.7"));
  EXPECT_EQ(port.at("address"), "10.0.0.7");
  EXPECT_EQ(port.at("label"), "kitchen at 10.0.0.7");
  EXPECT_EQ(port.at("protocol"), "network");
  EXPECT_EQ(port.at("protocolLabel"), "Network Port");
  EXPECT_EQ(port.at("properties"),
            json({{"hostname", "kitchen.local."},
                  {"port", "8266"},
                  {"board", "d1_mini"},
                  {".", "d1_mini"},
                  {"auth_upload", "yes"},
                  {"ssh_upload", "yes"},
                  {"tcp_check", "yes"}}));
  EXPECT_FALSE(port.contains("hardwareId"));
  mdns::Device esp32 = device(1, "10.0.0.7");
  esp32.mac = "240ac4000001";
  EXPECT_EQ(pluggable_port(esp32).at("hardwareId"), "240ac4000001");
  esp32.addresses.clear();
  EXPECT_TRUE(pluggable_port(esp32).is_null());
}

TEST_F(Pluggable, WaitsForTheClientBeforeTheFirstPort) {
  start_sync();
  session_.take_device(device(1, "10.0.0.7"), Millis(3));
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_THAT(at(Millis(100)), IsEmpty());
  EXPECT_EQ(session_.next_deadline(), Millis(120));
  EXPECT_THAT(at(Millis(120)), ElementsAre("add 10.0.0.7"));
}

TEST_F(Pluggable, RepeatsThePortsOnceAfterASecond) {
  start_sync();
  session_.take_device(device(1, "10.0.0.7"), Millis(3));
  at(Millis(120));
  session_.take_device(device(2, "10.0.0.8"), Millis(500));
  EXPECT_THAT(events(), ElementsAre("add 10.0.0.8"));
  EXPECT_EQ(session_.next_deadline(), Millis(1'000));
  EXPECT_THAT(at(Millis(1'000)), ElementsAre("add 10.0.0.7", "add 10.0.0.8"));
  EXPECT_EQ(session_.next_deadline(), std::nullopt);
  EXPECT_THAT(at(Millis(60'000)), IsEmpty());
}

TEST_F(Pluggable, DoesNotReportADeviceThatHasLeftAlready) {
  start_sync();
  session_.take_device(device(1, "10.0.0.7"), Millis(3));
  session_.lose_device(device(1, "10.0.0.7"), Millis(50));
  EXPECT_THAT(at(Millis(1'000)), IsEmpty());
}

TEST_F(Pluggable, FollowsADeviceToItsNewAddress) {
  start_sync();
  at(Millis(1'000));
  session_.take_device(device(1, "10.0.0.7"), Millis(2'000));
  session_.take_device(device(1, "10.0.0.7"), Millis(2'100));
  session_.take_device(device(1, "10.0.0.9"), Millis(2'200));
  session_.lose_device(device(1, "10.0.0.9"), Millis(2'300));
  EXPECT_THAT(events(),
              ElementsAre("add 10.0.0.7", "remove 10.0.0.7", "add 10.0.0.9", "remove 10.0.0.9"));
}

TEST_F(Pluggable, APortStaysWhileAnotherDeviceIsThere) {
  start_sync();
  at(Millis(1'000));
  session_.take_device(device(1, "10.0.0.7"), Millis(2'000));
  session_.take_device(device(2, "10.0.0.7"), Millis(2'000));
  events();
  session_.lose_device(device(1, "10.0.0.7"), Millis(3'000));
  EXPECT_THAT(events(), ElementsAre("add 10.0.0.7"));
}

TEST_F(Pluggable, ForgetsItsPortsAtStop) {
  start_sync();
  session_.take_device(device(1, "10.0.0.7"), Millis(3));
  at(Millis(200));
  say("STOP");
  session_.take_device(device(1, "10.0.0.7"), Millis(300));
  EXPECT_THAT(say("START_SYNC", Millis(400)), ElementsAre("start_sync"));
  EXPECT_THAT(at(Millis(900)), IsEmpty());
}

TEST_F(Pluggable, AnErrorEndsTheEventsUntilStop) {
  start_sync();
  session_.fail_search(Error(Errc::NetworkFailed, "gone"));
  EXPECT_THAT(events(), ElementsAre("start_sync!"));
  EXPECT_THAT(say("STOP"), ElementsAre("stop"));
}

}  // namespace
}  // namespace otatool::mdns
