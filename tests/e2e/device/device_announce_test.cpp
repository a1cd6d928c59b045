// `otatool device` announces itself: multicast and unicast queries, a real avahi-daemon next to it,
// and networks where it cannot announce. Each case has its own network namespace.
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/device/announced_device.hpp"
#include "tests/support/avahi.hpp"
#include "tests/support/own_network.hpp"
#include "tests/support/process.hpp"
#include "tests/support/raw_host.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using firmware::testing::DnsQuery;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DeviceAnnounce : public ::testing::Test {
 protected:
  void SetUp() override {
    // Namespaces are not permitted everywhere.
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
  }
};

TEST_F(DeviceAnnounce, AnswersByMulticastAndByUnicast) {
  Device device({"--name", "kitchen", "--board", "d1_mini"});
  EXPECT_EQ(device.announced.at("name"), "kitchen");
  EXPECT_EQ(device.announced.at("host"), "kitchen.local");
  EXPECT_EQ(device.announced.at("interfaces"), nlohmann::json({"lo"}));
  Asker asker;
  for (const char* const address : {"224.0.0.251", "127.0.0.1"}) {
    const auto answer = asker.ask(address, browse());
    ASSERT_TRUE(answer) << address;
    EXPECT_THAT(answer->answers,
                ElementsAre("_arduino._tcp.local 12 1 10 kitchen._arduino._tcp.local"));
    EXPECT_THAT(answer->additional, Contains(device.service("kitchen")));
    EXPECT_THAT(answer->additional, Contains("kitchen.local 1 1 10 127.0.0.1"));
    EXPECT_THAT(answer->additional,
                Contains(HasSubstr("[tcp_check=no][ssh_upload=no][board=d1_mini][auth_upload=no]"
                                   "[gz=1][sig=none][ver=")));
    EXPECT_THAT(answer->additional, Contains(EndsWith("[layout=4m2m][chip=esp8266][delta=1]")));
  }
}

TEST_F(DeviceAnnounce, AnnouncesWhetherItNeedsAPasswordAndItsCapabilities) {
  const TemporaryFolder folder;
  Device device({"--chip",
                 "esp32",
                 "--password-file",
                 folder.write("ota.pw", "secret\n"),
                 "--name",
                 "Garden lamp"});
  EXPECT_EQ(device.announced.at("host"), "Garden-lamp.local");
  Asker asker;
  const auto answer = asker.ask("127.0.0.1", browse());
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->additional,
              Contains(HasSubstr("[board=esp32][auth_upload=yes][gz=0][sig=none]")));
  EXPECT_THAT(answer->additional, Contains(EndsWith("[space=1310720][chip=esp32][delta=0]")));
}

TEST_F(DeviceAnnounce, DefaultNamesAreThoseOfTheCores) {
  Device esp8266({});
  EXPECT_THAT(esp8266.announced.at("name").get<std::string>(),
              ::testing::MatchesRegex("esp8266-[0-9a-f]{6}"));
  Device esp32({"--chip", "esp32"});
  EXPECT_THAT(esp32.announced.at("name").get<std::string>(),
              ::testing::MatchesRegex("esp32-[0-9a-f]{12}"));
}

TEST_F(DeviceAnnounce, TheSecondDeviceOfANameTakesAnotherName) {
  Device first({"--name", "kitchen"});
  EXPECT_EQ(first.announced.at("name"), "kitchen");
  Device second({"--name", "Kitchen"});
  EXPECT_EQ(second.announced.at("name"), "Kitchen-2");
  EXPECT_EQ(second.announced.at("host"), "Kitchen-2.local");
  Device third({"--name", "kitchen"});
  EXPECT_EQ(third.announced.at("name"), "kitchen-3");
  Asker asker;
  DnsQuery query;
  query.ask("kitchen._arduino._tcp.local", firmware::testing::kSrv);
  const auto answer = asker.ask("224.0.0.251", query);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers, ElementsAre(first.service("kitchen")));
}

TEST_F(DeviceAnnounce, OneOfTwoDevicesStartedAtOnceTakesAnotherName) {
  Process one(Device::call({"--name", "kitchen"}));
  Process other(Device::call({"--name", "kitchen"}));
  std::vector<std::string> names;
  for (Process* each : {&one, &other}) {
    while (const auto line = each->read_line()) {
      const auto event = nlohmann::json::parse(*line);
      if (event.at("event") == "announced") {
        names.push_back(event.at("name"));
        break;
      }
    }
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("kitchen", "kitchen-2"));
}

TEST_F(DeviceAnnounce, ANameIsFreeAfterTheGoodbyeOfItsDevice) {
  {
    Device before({"--name", "kitchen"});
    before.process.send_signal(SIGINT);
    EXPECT_EQ(before.process.wait().exit_code, 130);
  }
  Device after({"--name", "kitchen"});
  EXPECT_EQ(after.announced.at("name"), "kitchen");
}

TEST_F(DeviceAnnounce, AnnouncesTheFreeSpaceAfterAnUpdate) {
  Device device({"--name", "kitchen", "--size", "1M"});
  Asker asker;
  const auto before = asker.ask("127.0.0.1", browse());
  ASSERT_TRUE(before);
  EXPECT_THAT(before->additional, Contains(HasSubstr("[space=954368][layout=1m64]")));
  RawHost host(static_cast<std::uint16_t>(device.port));
  const std::string image = sample_application(300'000);
  host.invite(image);
  ASSERT_EQ(host.receive_datagram(), "OK");
  ASSERT_TRUE(host.accept());
  ASSERT_TRUE(host.send(image));
  host.read_until("OK");
  host.close();
  device.next("end");
  device.next("boot");
  const auto after = asker.ask("127.0.0.1", browse());
  ASSERT_TRUE(after);
  EXPECT_THAT(after->additional, Contains(HasSubstr("[space=655360][layout=1m64]")));
}

TEST_F(DeviceAnnounce, UsesAnotherMdnsPort) {
  Device device({"--mdns-port", "15353"});
  Asker asker;
  EXPECT_TRUE(asker.ask("224.0.0.251", browse(), 15353));
  Asker hasty(1);
  EXPECT_FALSE(hasty.ask("224.0.0.251", browse(), 5353));
}

TEST_F(DeviceAnnounce, AnnouncesNothingWithNoAnnounce) {
  ProgramCall call = Device::call({"--no-announce"});
  Process process(call);
  ASSERT_TRUE(process.wait_for_output("\"boot\""));
  Asker asker(1);
  EXPECT_FALSE(asker.ask("224.0.0.251", browse()));
  EXPECT_FALSE(asker.ask("127.0.0.1", browse()));
  process.send_signal(SIGINT);
  EXPECT_THAT(process.wait().output, Not(HasSubstr("announced")));
}

TEST_F(DeviceAnnounce, AcceptsUploadsEvenIfItCannotAnnounce) {
  Device device({"--iface", "nosuch0"});
  EXPECT_TRUE(device.announced.at("name").is_null());
  EXPECT_THAT(device.announced.at("error").at("message").get<std::string>(), HasSubstr("nosuch0"));
  RawHost host(static_cast<std::uint16_t>(device.port));
  host.invite(sample_application(10'000));
  EXPECT_EQ(host.receive_datagram(), "OK");
}

TEST_F(DeviceAnnounce, RefusesNamesThatDoNotFitIntoARecord) {
  for (const std::string& name : {std::string(), std::string(64, 'x'), std::string("a\x1b[31m")}) {
    const Outcome outcome = run(Device::call({"--name", name}));
    EXPECT_EQ(outcome.exit_code, 2) << name;
    EXPECT_THAT(outcome.output, HasSubstr("is not a device name"));
  }
  EXPECT_EQ(run(Device::call({"--board", std::string(65, 'x')})).exit_code, 2);
}

class DeviceBesideAvahi : public ::testing::Test {
 protected:
  void SetUp() override {
    // Namespaces are not permitted everywhere.
    if (const auto reason = enter_own_system()) {
      GTEST_SKIP() << *reason;
    }
    avahi_ = std::make_unique<AvahiDaemon>();
  }

  std::unique_ptr<AvahiDaemon> avahi_;
};

TEST_F(DeviceBesideAvahi, AvahiBrowseListsItUntilItsGoodbye) {
  Device device({"--name", "kitchen"});
  Process browser(avahi_->call("avahi-browse", {"-rp", "_arduino._tcp"}));
  EXPECT_TRUE(
      browser.wait_for_output("=;lo;IPv4;kitchen;_arduino._tcp;local;kitchen.local;"
                              "127.0.0.1;" +
                              std::to_string(device.port) + ";"));
  EXPECT_TRUE(browser.wait_for_output("\"gz=1\""));
  device.process.send_signal(SIGINT);
  EXPECT_EQ(device.process.wait().exit_code, 130);
  EXPECT_TRUE(browser.wait_for_output("-;lo;IPv4;kitchen;_arduino._tcp;local"));
}

TEST_F(DeviceBesideAvahi, TakesAnotherNameIfAvahiHasIts) {
  Process publisher(avahi_->call("avahi-publish", {"-s", "kitchen", "_arduino._tcp", "8266"}));
  ASSERT_TRUE(publisher.wait_for_error("Established under name 'kitchen'"));
  Device device({"--name", "kitchen"});
  EXPECT_EQ(device.announced.at("name"), "kitchen-2");
}

TEST_F(DeviceBesideAvahi, DefendsItsNameAgainstAvahi) {
  Device device({"--name", "kitchen"});
  EXPECT_EQ(device.announced.at("name"), "kitchen");
  Process publisher(avahi_->call("avahi-publish", {"-s", "kitchen", "_arduino._tcp", "8266"}));
  EXPECT_TRUE(publisher.wait_for_error("picking new name 'kitchen #2'"));
}

}  // namespace
}  // namespace otatool::test
