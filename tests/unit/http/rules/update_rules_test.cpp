#include "otatool/http/update_rules.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/http/rules/update_rules_fixture.hpp"

namespace otatool::http {
namespace {

using ::testing::HasSubstr;

TEST_F(UpdateRules, WithoutARuleThereIsNothing) {
  EXPECT_EQ(decided(esp8266()).verdict, Verdict::NotForYou);
}

TEST_F(UpdateRules, TheFirstMatchingRuleWins) {
  add(firmware(), "5").matchers.macs = {"24:6F:28:*"};
  add(firmware(), "4").matchers.chips = {"1", "66051"};
  add(firmware(), "3");
  EXPECT_EQ(offered(esp8266()), "4");
  DeviceRequest other = esp8266();
  other.chip_id = 2;
  EXPECT_EQ(offered(other), "3");
  other.station_mac = "24:6F:28:00:00:01";
  EXPECT_EQ(offered(other), "5");
}

TEST_F(UpdateRules, EveryConditionMustMatch) {
  catalogue_.groups["lab"] = {"5C:CF:7F:01:*", "77"};
  ManifestRule& rule = add(firmware(), "2.0");
  rule.matchers.groups = {"lab"};
  rule.matchers.boards = {"d1*"};
  rule.matchers.versions = {"1.*"};
  rule.matchers.mode = UpdateMode::Sketch;
  EXPECT_EQ(offered(esp8266("1.4"), "d1_mini"), "2.0");
  EXPECT_EQ(offered(esp8266("1.4"), "nodemcu"), "");
  EXPECT_EQ(offered(esp8266("0.4"), "d1_mini"), "");
  DeviceRequest other = esp8266("1.4");
  other.station_mac = "5C:CF:7F:02:02:03";
  EXPECT_EQ(offered(other, "d1_mini"), "");
  other.chip_id = 77;
  EXPECT_EQ(offered(other, "d1_mini"), "2.0");
}

TEST_F(UpdateRules, AnImageGoesToItsFamilyAndModeOnly) {
  add(firmware(ChipFamily::Esp32), "32");
  add(filesystem(), "fs");
  add(firmware(), "66");
  EXPECT_EQ(offered(esp8266()), "66");
  DeviceRequest device = esp8266();
  device.mode = UpdateMode::Filesystem;
  EXPECT_EQ(offered(device), "fs");
  device.mode = UpdateMode::Sketch;
  device.family = ChipFamily::Esp32;
  EXPECT_EQ(offered(device), "32");
}

TEST_F(UpdateRules, AnEqualOrNewerVersionIsUpToDate) {
  add(firmware(), "1.10.0");
  EXPECT_EQ(decided(esp8266("1.9.0")).verdict, Verdict::Send);
  EXPECT_EQ(decided(esp8266("1.10.0-rc.1")).verdict, Verdict::Send);
  EXPECT_EQ(decided(esp8266("nightly")).verdict, Verdict::Send);
  EXPECT_EQ(decided(esp8266("")).verdict, Verdict::Send);
  EXPECT_EQ(decided(esp8266("v1.10")).verdict, Verdict::UpToDate);
  EXPECT_EQ(decided(esp8266("1.11.0")).verdict, Verdict::UpToDate);
  catalogue_.rules[0].manifest.downgrade = true;
  EXPECT_EQ(decided(esp8266("1.11.0")).verdict, Verdict::Send);
  EXPECT_EQ(decided(esp8266("1.10.0")).verdict, Verdict::UpToDate);
}

TEST_F(UpdateRules, AnEqualHashIsUpToDateWhateverTheVersion) {
  auto file = firmware();
  file->running_sha256 = std::string(64, 'c');
  add(file, "2.0");
  DeviceRequest device = esp8266("1.0");
  device.sketch_md5 = std::string(32, 'a');
  EXPECT_EQ(decided(device).verdict, Verdict::UpToDate);
  device.sketch_md5.clear();
  device.sketch_sha256 = std::string(64, 'c');
  EXPECT_EQ(decided(device).verdict, Verdict::UpToDate);
  device.sketch_sha256.clear();
  EXPECT_EQ(decided(device).verdict, Verdict::Send);
}

TEST_F(UpdateRules, TheHashOfTheSketchSaysNothingAboutTheFilesystem) {
  auto file = filesystem();
  file->running_md5 = std::string(32, 'b');
  add(file);
  DeviceRequest device = esp8266();
  device.mode = UpdateMode::Filesystem;
  EXPECT_EQ(decided(device).verdict, Verdict::Send);
}

TEST_F(UpdateRules, ModeVersionGetsTheVersionOnly) {
  add(firmware(), "2.0");
  DeviceRequest device = esp8266("2.0");
  device.mode = UpdateMode::Version;
  EXPECT_EQ(decided(device).verdict, Verdict::SendVersion);
  EXPECT_EQ(decided(device).version, "2.0");
  catalogue_.rules[0].manifest.version.clear();
  EXPECT_EQ(decided(device).verdict, Verdict::NotForYou);
}

TEST_F(UpdateRules, PackagesGoToEsp8266DevicesThatUnpack) {
  ManifestRule& rule = add(package(), "2.0");
  EXPECT_EQ(decided(esp8266()).deliverable->size_bytes, 400'000U);
  rule.gzip = true;
  EXPECT_EQ(decided(esp8266()).deliverable->size_bytes, 280'000U);
}

TEST_F(UpdateRules, ASignedPackageIsNotUnpacked) {
  auto file = package();
  file->unpacked.reset();
  ManifestRule& rule = add(file, "2.0");
  EXPECT_EQ(decided(esp8266()).verdict, Verdict::NotForYou);
  rule.gzip = true;
  EXPECT_EQ(decided(esp8266()).verdict, Verdict::Send);
}

TEST_F(UpdateRules, AnImageThatDoesNotFitIsNotSent) {
  add(firmware());
  DeviceRequest device = esp8266();
  device.free_space = 400'000;
  EXPECT_EQ(decided(device).verdict, Verdict::Send);
  device.free_space = 399'999;
  EXPECT_EQ(decided(device).verdict, Verdict::NotForYou);
  EXPECT_THAT(decided(device).reason, HasSubstr("400000 bytes do not fit into 399999"));
  device = esp8266();
  device.chip_size = 2U << 20U;
  EXPECT_THAT(decided(device).reason, HasSubstr("made for a flash of 4194304"));
  device.chip_size = 1000;
  EXPECT_THAT(decided(device).reason, HasSubstr("do not fit into a flash of 1000"));
}

TEST_F(UpdateRules, APackageMustFitUnpackedToo) {
  add(package()).gzip = true;
  DeviceRequest device = esp8266();
  device.free_space = 300'000;
  device.sketch_size = 50'000;
  EXPECT_EQ(decided(device).verdict, Verdict::NotForYou);
  EXPECT_THAT(decided(device).reason, HasSubstr("unpacks to 400000"));
  device.sketch_size = 110'000;
  EXPECT_EQ(decided(device).verdict, Verdict::Send);
}

TEST_F(UpdateRules, ARolloutIncludesItsShareAndKeepsItsDevices) {
  add(firmware(), "2.0").percent = 30;
  std::set<std::string> in;
  for (unsigned i = 0; i < 2000; ++i) {
    DeviceRequest device = esp8266("1.0");
    device.station_mac =
        "5C:CF:7F:00:" + std::to_string(10 + i / 50) + ":" + std::to_string(10 + i % 50);
    if (decided(device).verdict == Verdict::Send) {
      in.insert(device.station_mac);
    } else {
      EXPECT_EQ(decided(device).verdict, Verdict::Waiting);
    }
  }
  EXPECT_NEAR(static_cast<double>(in.size()), 600.0, 60.0);
  catalogue_.rules[0].manifest.percent = 31;
  for (const std::string& mac : in) {
    DeviceRequest device = esp8266("1.0");
    device.station_mac = mac;
    EXPECT_EQ(decided(device).verdict, Verdict::Send);
  }
}

TEST_F(UpdateRules, ARolloutOfNPercentHasThePlacesBelowN) {
  ManifestRule& rule = add(firmware(), "2.0");
  rule.percent = rollout_place(esp8266("1.0"), "2.0");
  EXPECT_EQ(decided(esp8266("1.0")).verdict, Verdict::Waiting);
  ++rule.percent;
  EXPECT_EQ(decided(esp8266("1.0")).verdict, Verdict::Send);
}

TEST_F(UpdateRules, LeftOutDevicesSkipTheRuleUnlessBelowTheMinimum) {
  ManifestRule& rule = add(firmware(), "2.0");
  rule.percent = 0;
  rule.minimum = "1.2";
  add(firmware(), "1.9");
  EXPECT_EQ(offered(esp8266("1.2")), "1.9");
  EXPECT_EQ(offered(esp8266("1.3")), "1.9");
  EXPECT_EQ(offered(esp8266("1.1.9")), "2.0");
  EXPECT_EQ(offered(esp8266("")), "2.0");
}

TEST_F(UpdateRules, PlacesInARolloutNeverChange) {
  // A new version of otatool must not change the devices of a running rollout.
  EXPECT_EQ(rollout_place(esp8266(), "2.0.0"), rollout_place(esp8266("1.0"), "2.0.0"));
  EXPECT_EQ(rollout_place(esp8266(), "2.0.0"), 11U);
  EXPECT_EQ(rollout_place(esp8266(), "2.0.1"), 66U);
}

TEST_F(UpdateRules, AFileByNameIsComparedByHash) {
  const auto file = firmware();
  EXPECT_EQ(decide_file(esp8266("9.9"), *file, true).verdict, Verdict::Send);
  DeviceRequest device = esp8266();
  device.sketch_md5 = std::string(32, 'a');
  EXPECT_EQ(decide_file(device, *file, true).verdict, Verdict::UpToDate);
  device.family = ChipFamily::Esp32;
  EXPECT_EQ(decide_file(device, *file, true).verdict, Verdict::NotForYou);
  EXPECT_EQ(decide_file(esp8266(), *filesystem(), true).verdict, Verdict::NotForYou);
  ServedFile text;
  EXPECT_EQ(decide_file(esp8266(), text, true).verdict, Verdict::NotForYou);
}

TEST_F(UpdateRules, AnUnknownModeGetsNothing) {
  add(firmware(), "2.0");
  add(filesystem(), "2.0");
  DeviceRequest device = esp8266();
  device.mode = UpdateMode::Unknown;
  device.unknown_mode = "bootloader";
  EXPECT_EQ(decided(device).verdict, Verdict::NotForYou);
  EXPECT_EQ(decided(device).reason, "unknown mode 'bootloader'");
  EXPECT_EQ(decide_file(device, *firmware(), true).verdict, Verdict::NotForYou);
  EXPECT_EQ(decide_file(device, *filesystem(), true).verdict, Verdict::NotForYou);
}

TEST_F(UpdateRules, APackageRequestedByNameIsSentUnchanged) {
  DeviceRequest device = esp8266();
  device.free_space = 300'000;
  EXPECT_EQ(decide_file(device, *package(), true).verdict, Verdict::Send);
  EXPECT_EQ(decide_file(device, *package(), true).deliverable->size_bytes, 280'000U);
  EXPECT_EQ(decide_file(device, *package(), false).verdict, Verdict::NotForYou);
  EXPECT_EQ(decide_file(esp8266(), *package(), false).deliverable->size_bytes, 400'000U);
  device.sketch_size = 50'000;
  EXPECT_THAT(decide_file(device, *package(), true).reason, HasSubstr("unpacks to 400000"));
  device.sketch_md5 = std::string(32, 'a');
  EXPECT_EQ(decide_file(device, *package(), true).verdict, Verdict::UpToDate);
}

TEST_F(UpdateRules, OnlyAnEsp8266GetsAPackageByName) {
  const auto file = package();
  file->family = ChipFamily::Unknown;
  DeviceRequest device = esp8266();
  device.family = ChipFamily::Esp32;
  EXPECT_EQ(decide_file(device, *file, true).deliverable->size_bytes, 400'000U);
  file->unpacked.reset();
  file->signed_package = true;
  EXPECT_EQ(decide_file(esp8266(), *file, true).verdict, Verdict::NotForYou);
}

TEST_F(UpdateRules, ARuleMustFitItsImage) {
  ManifestRule rule;
  rule.image = "a.bin";
  EXPECT_TRUE(check_rule_image(rule, *firmware()));
  rule.matchers.chips = {"esp32", "66051"};
  EXPECT_TRUE(check_rule_image(rule, *firmware()));
  EXPECT_TRUE(check_rule_image(rule, *firmware(ChipFamily::Esp32)));
  rule.matchers.chips = {"66051"};
  EXPECT_EQ(check_rule_image(rule, *firmware(ChipFamily::Esp32)).error().message(),
            "'a.bin' is for esp32, but 'chip' is 66051");
  rule.matchers.mode = UpdateMode::Sketch;
  EXPECT_EQ(check_rule_image(rule, *filesystem()).error().message(),
            "'a.bin' is a filesystem, but 'mode' is sketch");
}

TEST_F(UpdateRules, ASignedPackageNeedsDevicesThatVerify) {
  const auto file = package();
  file->signed_package = true;
  ManifestRule rule;
  rule.gzip = true;
  EXPECT_EQ(check_rule_image(rule, *file).error().code(), Errc::WrongKind);
  rule.verifier = true;
  EXPECT_TRUE(check_rule_image(rule, *file));
}

TEST(RunsImage, ComparesHashesThenVersions) {
  const fleet::Image image{
      .rule = {}, .version = "2.0.0", .sha256 = "s", .md5 = std::string(32, 'a')};
  DeviceRequest device = esp8266("1.0.0");
  EXPECT_EQ(runs_image(device, image), fleet::Runs::No);
  device.version = "v2.0.0";
  EXPECT_EQ(runs_image(device, image), fleet::Runs::Yes);
  device.version.clear();
  EXPECT_EQ(runs_image(device, image), fleet::Runs::No);
  device.sketch_md5 = std::string(32, 'a');
  EXPECT_EQ(runs_image(device, image), fleet::Runs::Yes);
  // The hash is of the sketch.
  device.mode = UpdateMode::Filesystem;
  EXPECT_EQ(runs_image(device, image), fleet::Runs::Unknown);
}

}  // namespace
}  // namespace otatool::http
