// Checks the TCP phase of the models against espota.md 1.4, 2.1 and 7.3.
#include "tests/support/stock_receiver.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/stock_devices/device_probe.hpp"

namespace otatool::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

const std::string kLongImage = "\xE9" + std::string(9'999, 'x');

DeviceSetup receiver_setup(const Profile& profile, Quirks quirks = {}) {
  DeviceSetup setup;
  setup.profile = profile;
  setup.quirks = std::move(quirks);
  return setup;
}

TEST(StockReceiver, AnEsp8266SendsItsCountAfterTheLastData) {
  DeviceProbe probe(receiver_setup(Profile::esp8266_3_x()));
  probe.connect(kLongImage);
  for (int i = 0; i < 5; ++i) {
    probe.bytes(std::string_view(kLongImage).substr(static_cast<std::size_t>(i) * 1'000, 1'000));
    probe.pass(Millis(1));
  }
  EXPECT_THAT(probe.heard(), IsEmpty());
  probe.pass(Millis(10));
  EXPECT_EQ(probe.written(), "5000");
}

TEST(StockReceiver, AnEsp32CountsEachReadOfAtMost1460Bytes) {
  DeviceProbe probe(receiver_setup(Profile::esp32_3_0()));
  probe.connect(kLongImage);
  probe.bytes(kLongImage.substr(0, 4'000));
  probe.pass(Millis(10));
  EXPECT_EQ(probe.written(), "146014601080");
}

TEST(StockReceiver, VerdictsComeAtTheTimesOfTheirCores) {
  DeviceProbe old(receiver_setup(Profile::esp8266_2_3()));
  old.connect(kLongImage);
  old.bytes(kLongImage);
  old.pass(Millis(5'000));
  EXPECT_THAT(old.heard(), ElementsAre("201 10000", "201 OK", "201 <close>"));
  EXPECT_EQ(old.device.state(), DeviceState::Restarted);

  DeviceProbe recent(receiver_setup(Profile::esp8266_3_x()));
  recent.connect(kLongImage);
  recent.bytes(kLongImage);
  recent.pass(Millis(5'000));
  EXPECT_THAT(recent.heard(), ElementsAre("201 10000", "1201 OK", "2201 <close>"));

  DeviceProbe esp32(receiver_setup(Profile::esp32_2_x()));
  esp32.connect(kLongImage);
  esp32.bytes(kLongImage.substr(0, 1'460));
  esp32.pass(Millis(5));
  esp32.heard();
  esp32.bytes(kLongImage.substr(1'460));
  esp32.pass(Millis(5'000));
  EXPECT_THAT(esp32.heard(), ::testing::IsSupersetOf({"211 OK", "211 <close>"}));
  EXPECT_EQ(esp32.device.transfer()->image, kLongImage);
}

TEST(StockReceiver, AStarvedEsp32RepeatsItsLastCountThreeTimesAndCloses) {
  DeviceProbe probe(receiver_setup(Profile::esp32_3_0()));
  probe.connect(kLongImage);
  probe.bytes(kLongImage.substr(0, 1'000));
  probe.pass(Millis(10'000));
  EXPECT_THAT(probe.heard(),
              ElementsAre("201 1000", "1202 1000", "2202 1000", "3202 1000", "4202 <close>"));
  EXPECT_EQ(probe.device.state(), DeviceState::Idle);
}

TEST(StockReceiver, AnEsp32WaitsOneSecondForTheFirstByte) {
  DeviceProbe probe(receiver_setup(Profile::esp32_3_3()));
  probe.connect(kLongImage);
  probe.pass(Millis(999));
  EXPECT_THAT(probe.heard(), IsEmpty());
  probe.pass(Millis(1));
  EXPECT_THAT(probe.heard(), ElementsAre("1200 <close>"));
}

TEST(StockReceiver, AnEsp8266WaitsForEverButHearsAFinWithinASecond) {
  DeviceProbe probe(receiver_setup(Profile::esp8266_3_x()));
  probe.connect(kLongImage);
  probe.bytes(kLongImage.substr(0, 1'000));
  probe.pass(Millis(24 * 3'600'000));
  EXPECT_EQ(probe.written(), "1000");
  EXPECT_EQ(probe.device.state(), DeviceState::RunUpdate);
  probe.close();
  probe.pass(Millis(1'001));
  EXPECT_EQ(probe.device.state(), DeviceState::Idle);
  EXPECT_EQ(probe.written(), "1000");
}

TEST(StockReceiver, AHalfCloseCostsTheVerdictOfAnEsp8266Only) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    DeviceProbe probe(receiver_setup(profile));
    probe.connect(kLongImage);
    probe.bytes(kLongImage);
    probe.close();
    probe.pass(Millis(10'000));
    EXPECT_EQ(probe.device.state(), DeviceState::Restarted);
    if (profile.lineage == Lineage::Esp8266) {
      EXPECT_EQ(probe.written(), "");
    } else {
      EXPECT_THAT(probe.written(), EndsWith("OK"));
    }
  }
}

TEST(StockReceiver, BytesBeyondTheSizeAreAnsweredByOkAndReset) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    DeviceProbe probe(receiver_setup(profile));
    probe.connect(kLongImage);
    probe.bytes(kLongImage + "more");
    probe.pass(Millis(10'000));
    EXPECT_EQ(probe.device.transfer()->unread_at_the_end, 4U);
    EXPECT_THAT(probe.written(), EndsWith("OK"));
    EXPECT_THAT(probe.heard().back(), EndsWith("<reset>"));
  }
}

TEST(StockReceiver, AWrongFirstByteIsFoundAtTheEndOrInTheFirstBlock) {
  const std::string wrong(10'000, 'x');
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    DeviceProbe probe(receiver_setup(profile));
    probe.connect(wrong);
    const bool esp32 = profile.lineage == Lineage::Esp32;
    probe.bytes(wrong.substr(0, esp32 ? 4'095 : 9'999));
    probe.pass(Millis(20));
    EXPECT_EQ(probe.written().find("agic"), std::string::npos);
    probe.bytes("x");
    probe.pass(Millis(20));
    EXPECT_THAT(probe.written(), EndsWith(std::string(profile.line_end)));
    EXPECT_NE(probe.written().find(std::string(profile.bad_magic)), std::string::npos);
    EXPECT_EQ(probe.device.state(), DeviceState::Idle);
  }
}

TEST(StockReceiver, AnErrorInMidTransferIsATextAndAReset) {
  Quirks quirks;
  quirks.error_at = MidTransferError{3'000, {2, "Flash Erase Failed"}, false};
  quirks.text_piece = 20;
  quirks.text_gap = Millis(30);
  DeviceProbe recent(receiver_setup(Profile::esp8266_3_x(), quirks));
  recent.connect(kLongImage);
  recent.bytes(kLongImage.substr(0, 5'000));
  recent.pass(Millis(1));
  EXPECT_THAT(recent.heard(),
              ElementsAre("201 ERROR[2]: Flash Eras", "231 e Failed\n", "231 <close>"));

  quirks.text_piece = 0;
  DeviceProbe esp32(receiver_setup(Profile::esp32_3_0(), quirks));
  esp32.connect(kLongImage);
  esp32.bytes(kLongImage.substr(0, 5'000));
  esp32.pass(Millis(10));
  EXPECT_EQ(esp32.written(), "14601460Flash Erase Failed\r\n");
  EXPECT_THAT(esp32.heard().back(), EndsWith("<reset>"));

  DeviceProbe old(receiver_setup(Profile::esp8266_2_3(), quirks));
  old.connect(kLongImage);
  old.bytes(kLongImage.substr(0, 5'000));
  old.pass(Millis(60'000));
  EXPECT_THAT(old.heard(), IsEmpty());
  EXPECT_EQ(old.device.state(), DeviceState::RunUpdate);
}

TEST(StockReceiver, QuirksOfTheTransferHaveTheirEffect) {
  Quirks quirks;
  quirks.ack_piece = 536;
  quirks.glues_ok = true;
  quirks.repeats_ok = true;
  DeviceProbe glued(receiver_setup(Profile::esp8266_3_x(), quirks));
  glued.connect(kLongImage);
  glued.bytes(kLongImage.substr(0, 1'460));
  glued.pass(Millis(10));
  EXPECT_EQ(glued.written(), "536536388");
  glued.bytes(kLongImage.substr(1'460));
  glued.pass(Millis(10'000));
  EXPECT_THAT(glued.written(), EndsWith("536500OKOK"));

  Quirks stalling;
  stalling.stalls_at = 2'000;
  DeviceProbe stalled(receiver_setup(Profile::esp32_3_0(), stalling));
  stalled.connect(kLongImage);
  stalled.bytes(kLongImage.substr(0, 5'000));
  stalled.pass(Millis(100'000));
  EXPECT_EQ(stalled.written(), "1460540");
  EXPECT_EQ(stalled.device.receive_space(), 5'760U - 3'000U);

  Quirks dying;
  dying.vanishes_at = Disappearance{2'000, true};
  DeviceProbe gone(receiver_setup(Profile::esp32_3_0(), dying));
  gone.connect(kLongImage);
  gone.bytes(kLongImage.substr(0, 2'000));
  gone.pass(Millis(100));
  EXPECT_EQ(gone.written(), "1460");
  EXPECT_THAT(gone.heard().back(), EndsWith("<reset>"));

  Quirks silent;
  silent.loses_verdict = true;
  DeviceProbe mute(receiver_setup(Profile::esp32_3_0(), silent));
  mute.connect(kLongImage);
  mute.bytes(kLongImage);
  mute.pass(Millis(1'000));
  EXPECT_EQ(mute.written().find('O'), std::string::npos);
  EXPECT_EQ(mute.device.state(), DeviceState::Restarted);
}

}  // namespace
}  // namespace otatool::testing
