// Checks the device models against espota.md 1.3 and 2.1.
#include "tests/support/stock_device.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/stock_devices/device_probe.hpp"

namespace otatool::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kImage = "\xE9" + std::string(999, 'x');

DeviceSetup setup_of(const Profile& profile, std::string password = {}) {
  DeviceSetup setup;
  setup.profile = profile;
  setup.password = std::move(password);
  return setup;
}

std::string md5_response_text(const DeviceProbe& probe, std::string_view password) {
  const std::string cnonce(32, 'c');
  return "200 " + cnonce + " " +
         expected_md5_response({md5_text(password), probe.nonce(), cnonce}) + "\n";
}

TEST(StockDevice, AnEsp8266SendsOkFromHandleAndConnects100MillisecondsLater) {
  DeviceSetup setup = setup_of(Profile::esp8266_3_x());
  setup.quirks.blocked_until = Millis(500);
  DeviceProbe probe(setup);
  probe.invite(kImage);
  probe.pass(Millis(499));
  EXPECT_THAT(probe.heard(), IsEmpty());
  probe.pass(Millis(101));
  EXPECT_THAT(probe.heard(), ElementsAre("500 OK>40000", "600 connect 45678"));
  probe.pass(Millis(4'999));
  EXPECT_EQ(probe.device.state(), DeviceState::RunUpdate);
  probe.pass(Millis(1));
  EXPECT_EQ(probe.device.state(), DeviceState::Idle);
}

TEST(StockDevice, AnEsp8266SendsItsChallengeEvenIfTheSketchIsBusy) {
  DeviceSetup setup = setup_of(Profile::esp8266_3_x(), "secret");
  setup.quirks.never_handles = true;
  DeviceProbe probe(setup);
  probe.invite(kImage);
  EXPECT_THAT(probe.nonce(), SizeIs(32));
  const std::string answer = md5_response_text(probe, "secret");
  probe.heard();
  probe.datagram(answer);
  probe.pass(Millis(100'000));
  EXPECT_THAT(probe.heard(), IsEmpty());
  EXPECT_EQ(probe.device.state(), DeviceState::RunUpdate);
}

TEST(StockDevice, AnOldEsp8266SendsOkAtOnceAndDoesNotReportARefusal) {
  DeviceSetup setup = setup_of(Profile::esp8266_2_3());
  setup.quirks.begin_error = UpdaterError{4, "Not Enough Space"};
  DeviceProbe probe(setup);
  probe.invite(kImage);
  EXPECT_THAT(probe.heard(), ElementsAre("0 OK>40000"));
  probe.pass(Millis(10));
  EXPECT_THAT(probe.heard(), IsEmpty());
  EXPECT_EQ(probe.device.state(), DeviceState::Idle);
}

TEST(StockDevice, BeginErrorsOfTheEsp8266HaveTheLineEndOfTheirCore) {
  for (const Profile& profile : {Profile::esp8266_2_7(), Profile::esp8266_3_x()}) {
    DeviceSetup setup = setup_of(profile);
    setup.partition_size = 999;
    DeviceProbe probe(setup);
    probe.invite(kImage);
    probe.pass(Millis(1));
    EXPECT_THAT(probe.heard(),
                ElementsAre("1 ERR: ERROR[4]: Not Enough Space" + std::string(profile.line_end) +
                            ">40000"));
    EXPECT_EQ(probe.device.state(), DeviceState::RunUpdate);
    probe.pass(Millis(100));
    EXPECT_EQ(probe.device.state(), DeviceState::Idle);
  }
  EXPECT_EQ(Profile::esp8266_2_7().line_end, "\r\n");
  EXPECT_EQ(Profile::esp8266_3_x().line_end, "\n");
}

TEST(StockDevice, AnEsp32SendsOkAndDoesNotReportARefusal) {
  DeviceSetup setup = setup_of(Profile::esp32_3_0());
  setup.partition_size = 999;
  DeviceProbe probe(setup);
  probe.invite(kImage);
  probe.pass(Millis(10));
  EXPECT_THAT(probe.heard(), ElementsAre("1 OK>40000"));
  EXPECT_EQ(probe.device.state(), DeviceState::Idle);
}

TEST(StockDevice, WaitauthSwallowsEverySecondInvitationAndNeverTimesOut) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    DeviceProbe probe(setup_of(profile, "secret"));
    for (int i = 0; i < 6; ++i) {
      probe.invite(kImage);
      probe.pass(Millis(600'000));
      EXPECT_EQ(probe.device.state(), i % 2 == 0 ? DeviceState::WaitAuth : DeviceState::Idle);
      EXPECT_THAT(probe.heard(), SizeIs(i % 2 == 0 ? 1 : 0));
    }
    EXPECT_EQ(probe.device.record().challenges, 3U);
  }
}

TEST(StockDevice, MalformedResponsesLeadToIdleWithoutAReply) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    for (const char* text : {"200\n", "200 x y\n", "200 ", "201 x y\n", "hello"}) {
      DeviceProbe probe(setup_of(profile, "secret"));
      probe.invite(kImage);
      probe.pass(Millis(10));
      probe.heard();
      probe.datagram(text);
      probe.pass(Millis(10'000));
      EXPECT_THAT(probe.heard(), IsEmpty());
      EXPECT_EQ(probe.device.state(), DeviceState::Idle);
    }
  }
}

TEST(StockDevice, IdleIgnoresEverythingButInvitations) {
  DeviceProbe probe(setup_of(Profile::esp8266_3_x()));
  probe.datagram("200 " + std::string(32, '0') + " " + std::string(32, '0') + "\n");
  probe.datagram("7 45678 1000 " + std::string(32, '0') + "\n");
  probe.datagram("0 45678 1000 " + std::string(31, '0') + "\n");
  probe.pass(Millis(1'000));
  EXPECT_THAT(probe.heard(), IsEmpty());
  EXPECT_EQ(probe.device.state(), DeviceState::Idle);
}

TEST(StockDevice, ResponsesAreCheckedAndARepeatedOneIsIgnored) {
  DeviceProbe probe(setup_of(Profile::esp8266_3_x(), "secret"));
  probe.invite(kImage);
  const std::string wrong = md5_response_text(probe, "Secret");
  probe.heard();
  probe.datagram(wrong);
  EXPECT_THAT(probe.heard(), ElementsAre("0 Authentication Failed>40000"));
  probe.datagram(wrong);
  EXPECT_THAT(probe.heard(), IsEmpty());
  probe.invite(kImage);
  const std::string right = md5_response_text(probe, "secret");
  probe.heard();
  probe.datagram(right);
  probe.datagram(right);
  probe.pass(Millis(1));
  EXPECT_THAT(probe.heard(), ElementsAre("1 OK>40000"));
}

TEST(StockDevice, AnEsp8266RepliesToTheInvitationAnEsp32ToTheResponse) {
  for (const Profile& profile : {Profile::esp8266_3_x(), Profile::esp32_3_0()}) {
    DeviceProbe probe(setup_of(profile, "secret"));
    probe.invite(kImage, 1'111);
    probe.pass(Millis(1));
    const std::string answer = md5_response_text(probe, "secret");
    probe.heard();
    probe.datagram(answer, 2'222);
    probe.pass(Millis(1));
    const bool esp32 = profile.lineage == Lineage::Esp32;
    EXPECT_THAT(probe.heard(), ElementsAre(esp32 ? "2 OK>2222" : "2 OK>1111"));
  }
}

TEST(StockDevice, ABlockedEsp32HandlesItsQueueOneByOne) {
  DeviceSetup setup = setup_of(Profile::esp32_3_0(), "secret");
  setup.quirks.blocked_until = Millis(10'000);
  setup.quirks.loop_delay = Millis(50);
  DeviceProbe probe(setup);
  for (int i = 0; i < 8; ++i) {
    probe.invite(kImage);
    probe.pass(Millis(1'000));
  }
  EXPECT_EQ(probe.device.record().dropped, 2U);
  EXPECT_THAT(probe.heard(), IsEmpty());
  probe.pass(Millis(10'000));
  EXPECT_THAT(
      probe.heard(),
      ElementsAre(StartsWith("10000 AUTH"), StartsWith("10100 AUTH"), StartsWith("10200 AUTH")));
  // The queue kept six invitations: the sixth makes the last challenge invalid.
  EXPECT_EQ(probe.device.state(), DeviceState::Idle);
}

TEST(StockDevice, ANewEsp32NeedsTimeToCheckALongResponse) {
  DeviceProbe probe(setup_of(Profile::esp32_3_3(), "secret"));
  probe.invite(kImage);
  probe.pass(Millis(1));
  ASSERT_THAT(probe.nonce(), SizeIs(64));
  const std::string cnonce(64, 'c');
  const std::string answer =
      expected_sha256_response({sha256_text("secret"), probe.nonce(), cnonce});
  probe.heard();
  probe.datagram("200 " + cnonce + " " + answer + "\n");
  probe.pass(Millis(5'000));
  EXPECT_THAT(probe.heard(), ElementsAre("702 OK>40000", "703 connect 45678"));
}

TEST(StockDevice, RunupdateSwallowsDatagrams) {
  DeviceProbe probe(setup_of(Profile::esp8266_3_x()));
  probe.connect(kImage);
  for (int i = 0; i < 20; ++i) {
    probe.invite(kImage);
  }
  probe.pass(Millis(500));
  EXPECT_THAT(probe.heard(), IsEmpty());
  EXPECT_EQ(probe.device.state(), DeviceState::RunUpdate);
}

TEST(StockDevice, QuirksOfTheDatagramsHaveTheirEffect) {
  DeviceSetup setup = setup_of(Profile::esp8266_3_x(), "secret");
  setup.quirks.repeats_challenges = true;
  setup.quirks.nonce_length = 33;
  setup.quirks.replies_from_other_port = true;
  setup.quirks.first_nonce_late = Millis(700);
  DeviceProbe probe(setup);
  probe.invite(kImage);
  ASSERT_THAT(probe.log, SizeIs(2));
  EXPECT_EQ(probe.log[0].at, Millis(700));
  EXPECT_TRUE(std::get<Reply>(probe.log[0].effect).from_other_port);
  EXPECT_THAT(probe.nonce(), SizeIs(33));
  probe.heard();
  probe.datagram("");
  probe.invite(kImage);
  EXPECT_THAT(probe.heard(), ElementsAre(StartsWith("0 AUTH "), StartsWith("0 AUTH ")));
}

TEST(StockDevice, AnotherHostMayConnectFirstAndADeviceNever) {
  DeviceSetup setup = setup_of(Profile::esp32_2_x());
  setup.quirks.stranger_first = true;
  DeviceProbe probe(setup);
  probe.invite(kImage);
  probe.pass(Millis(10));
  EXPECT_THAT(probe.heard(), ElementsAre("1 OK>40000", "2 stranger 45678", "2 connect 45678"));
  setup.quirks = {};
  setup.quirks.never_connects = true;
  setup.quirks.loses_ok = true;
  DeviceProbe mute(setup);
  mute.invite(kImage);
  mute.pass(Millis(3'002));
  EXPECT_THAT(mute.heard(), IsEmpty());
  EXPECT_EQ(mute.device.state(), DeviceState::Idle);
}

}  // namespace
}  // namespace otatool::testing
