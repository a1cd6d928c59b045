#include "app/devices/known_targets.hpp"

#include <array>

#include <gmock/gmock.h>

#include "espota_device.hpp"

namespace otatool::app {
namespace {

using testing::HasSubstr;

mdns::Device lamp(const std::string& name, const std::string& ip) {
  mdns::Device device = espota_device();
  device.name = name;
  device.host = name + ".local";
  device.addresses = {{ip, "eth0", false}};
  return device;
}

espota::Target target_at(const std::string& host) {
  espota::Target target;
  target.name = host;
  target.host = host;
  return target;
}

TEST(EspotaDeviceAt, FindsTheOnlyDeviceAtTheAddress) {
  const std::array devices = {lamp("lamp-1", "192.0.2.1"), espota_device()};
  EXPECT_EQ(espota_device_at(target_at("192.0.2.7"), devices), &devices[1]);
  EXPECT_EQ(espota_device_at(target_at("192.0.2.9"), devices), nullptr);
}

TEST(EspotaDeviceAt, ComparesThePortIfTheTargetHasOne) {
  std::array devices = {espota_device(), espota_device()};
  devices[1].port = 3232;
  espota::Target target = target_at("192.0.2.7");
  EXPECT_EQ(espota_device_at(target, devices), nullptr) << "two devices at one address";
  target.port = 3232;
  EXPECT_EQ(espota_device_at(target, devices), &devices[1]);
  target.port = 1;
  EXPECT_EQ(espota_device_at(target, devices), nullptr);
}

TEST(EspotaDeviceAt, IgnoresOtherServicesAndStaleDevices) {
  std::array devices = {espota_device(), espota_device()};
  devices[0].kind = mdns::Kind::Http;
  devices[1].stale = true;
  EXPECT_EQ(espota_device_at(target_at("192.0.2.7"), devices), nullptr);
}

TEST(UseDevice, FillsInPortAndChip) {
  mdns::Device device = espota_device();
  device.txt = {{"chip", "esp8266"}};
  KnownTarget known{target_at("192.0.2.7")};
  use_device(known, device);
  EXPECT_EQ(known.target.port, 8266);
  EXPECT_EQ(known.target.chip, ChipFamily::Esp8266);
  EXPECT_EQ(known.device->name, "kitchen");
}

TEST(UseDevice, KeepsPortAndChipThatTheTargetHas) {
  mdns::Device device = espota_device();
  device.txt = {{"chip", "esp8266"}};
  KnownTarget known{target_at("192.0.2.7")};
  known.target.port = 1234;
  known.target.chip = ChipFamily::Esp32;
  use_device(known, device);
  EXPECT_EQ(known.target.port, 1234);
  EXPECT_EQ(known.target.chip, ChipFamily::Esp32);
}

TEST(UseDevice, TakesNoPortFromAnotherService) {
  mdns::Device device = espota_device();
  device.kind = mdns::Kind::Esphome;
  KnownTarget known{target_at("192.0.2.7")};
  use_device(known, device);
  EXPECT_EQ(known.target.port, std::nullopt);
}

TEST(UseNames, ReplacesTheNameByTheAddress) {
  std::vector<KnownTarget> targets = {{target_at("kitchen")}, {target_at("192.0.2.9")}};
  const std::array found = {FoundName{"kitchen", {espota_device()}}};
  ASSERT_TRUE(use_names(found, targets));
  EXPECT_EQ(targets[0].target.host, "192.0.2.7");
  EXPECT_EQ(targets[0].target.name, "kitchen");
  EXPECT_EQ(targets[1].target.host, "192.0.2.9");
}

TEST(UseNames, RefusesANameOfSeveralDevices) {
  std::vector<KnownTarget> targets = {{target_at("kitchen")}};
  const std::array found = {FoundName{"kitchen", {espota_device(), lamp("kitchen", "192.0.2.8")}}};
  const auto used = use_names(found, targets);
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().code(), Errc::NotFound);
  EXPECT_EQ(used.error().message(),
            "'kitchen' is the name of 2 devices: kitchen at 192.0.2.7:8266, "
            "kitchen at 192.0.2.8:8266");
}

TEST(UseNames, SeveralServicesOfOneHostAreOneDevice) {
  mdns::Device page = espota_device();
  page.kind = mdns::Kind::Http;
  page.port = 80;
  mdns::Device arduino = espota_device();
  page.host = arduino.host = "kitchen.local";
  std::vector<KnownTarget> targets = {{target_at("kitchen")}};
  const std::array found = {FoundName{"kitchen", {page, arduino}}};
  ASSERT_TRUE(use_names(found, targets));
  EXPECT_EQ(targets[0].way.via, Via::Espota) << "the first transport of the table counts";
  EXPECT_EQ(targets[0].target.port, 8266);
}

TEST(UseNames, LeavesAMissingNameToTheResolverUnlessItIsMdns) {
  std::vector<KnownTarget> targets = {{target_at("kitchen")}};
  ASSERT_TRUE(use_names(std::array{FoundName{"kitchen", {}}}, targets));
  EXPECT_EQ(targets[0].target.host, "kitchen");

  targets = {{target_at("kitchen.local")}};
  const std::array nobody = {FoundName{"kitchen.local", {}}};
  EXPECT_EQ(use_names(nobody, targets).error(),
            Error(Errc::NotFound, "no device answers to the name 'kitchen.local'"));
}

TEST(UseNames, LeavesAnMdnsNameToTheSystemIfItResolves) {
  std::vector<KnownTarget> targets = {{target_at("kitchen.local")}};
  ASSERT_TRUE(use_names(std::array{FoundName{"kitchen.local", {}, true}}, targets));
  EXPECT_EQ(targets[0].target.host, "kitchen.local");
}

TEST(UseNames, OneMissingDeviceDoesNotStopTheOthers) {
  std::vector<KnownTarget> targets = {{target_at("kitchen.local")}, {target_at("lamp-1")}};
  const std::array found = {FoundName{"kitchen.local", {}},
                            FoundName{"lamp-1", {lamp("lamp-1", "192.0.2.1")}}};
  ASSERT_TRUE(use_names(found, targets));
  EXPECT_EQ(targets[1].target.host, "192.0.2.1");
}

class AddChosen : public testing::Test {
 protected:
  AddChosen() {
    options_.choice.emplace();
    options_.configure = [](const mdns::Device&, KnownTarget&) { return Result<void>(); };
  }

  std::vector<std::string> added(std::span<const mdns::Device> devices) {
    std::vector<std::string> names;
    result_ = add_chosen(options_, devices, targets_);
    for (const KnownTarget& known : targets_) {
      names.push_back(known.target.name);
    }
    return names;
  }

  SearchOptions options_;
  std::vector<KnownTarget> targets_;
  Result<void> result_;
};

TEST_F(AddChosen, EveryDeviceThatTakesEspota) {
  std::vector devices = {espota_device(), lamp("lamp-1", "192.0.2.1"), lamp("tv", "192.0.2.2")};
  devices[2].kind = mdns::Kind::Http;
  devices.push_back(lamp("gone", "192.0.2.3"));
  devices.back().stale = true;
  EXPECT_THAT(added(devices), testing::ElementsAre("kitchen", "lamp-1"));
}

TEST_F(AddChosen, MatchesNamesAndBoardsInAnyCase) {
  std::vector devices = {espota_device(), lamp("lamp-1", "192.0.2.1"), lamp("Lamp-2", "192.0.2.2")};
  devices[1].board = "D1_mini";
  devices[2].board = "esp32";
  options_.choice->names = {"LAMP-*"};
  options_.choice->boards = {"d1_*", "other"};
  EXPECT_THAT(added(devices), testing::ElementsAre("lamp-1"));
}

TEST_F(AddChosen, SeveralServicesOfOneHostAreOneDevice) {
  std::vector devices = {lamp("lamp", "192.0.2.1"), lamp("lamp", "192.0.2.1")};
  devices[0].kind = mdns::Kind::Http;
  devices[0].type = "_wled._tcp";
  devices[0].port = 80;
  EXPECT_THAT(added(devices), testing::ElementsAre("lamp"));
  EXPECT_EQ(targets_[0].way.via, Via::Espota);
  targets_.clear();
  devices.pop_back();
  EXPECT_THAT(added(devices), testing::ElementsAre("lamp"));
  EXPECT_EQ(targets_[0].way.via, Via::Form);
}

TEST_F(AddChosen, SkipsADeviceThatIsATargetAlready) {
  targets_ = {{target_at("192.0.2.7")}};
  targets_[0].target.port = 8266;
  const std::array devices = {espota_device(), lamp("lamp-1", "192.0.2.1")};
  EXPECT_THAT(added(devices), testing::ElementsAre("192.0.2.7", "lamp-1"));
}

TEST_F(AddChosen, ATargetWithoutAPortIsTheWholeDevice) {
  targets_ = {{target_at("192.0.2.7")}};
  const std::array devices = {espota_device(), lamp("lamp-1", "192.0.2.1")};
  EXPECT_THAT(added(devices), testing::ElementsAre("192.0.2.7", "lamp-1"));
}

TEST_F(AddChosen, ThePortOfAnEsphomeTargetIsNotTheAnnouncedOne) {
  targets_ = {{target_at("192.0.2.7")}};
  targets_[0].target.port = 3232;
  targets_[0].way.via = Via::Esphome;
  std::vector devices = {espota_device(), lamp("lamp-1", "192.0.2.1")};
  devices[0].kind = mdns::Kind::Esphome;
  devices[0].port = 6053;
  EXPECT_THAT(added(devices), testing::ElementsAre("192.0.2.7", "lamp-1"));
}

TEST_F(AddChosen, AppliesDefaultsAndConfiguration) {
  options_.defaults.target.chip = ChipFamily::Esp32;
  options_.configure = [](const mdns::Device& device, KnownTarget& known) {
    EXPECT_EQ(device.name, "kitchen");
    known.target.port = 1234;
    return Result<void>();
  };
  const std::array devices = {espota_device()};
  EXPECT_THAT(added(devices), testing::ElementsAre("kitchen"));
  EXPECT_EQ(targets_[0].target.chip, ChipFamily::Esp32);
  EXPECT_EQ(targets_[0].target.port, 1234);
}

TEST_F(AddChosen, FailsIfTheConfigurationIsBroken) {
  options_.configure = [](const mdns::Device&, KnownTarget&) -> Result<void> {
    return fail(Errc::FileUnreadable, "ota.pw: No such file or directory");
  };
  const std::array devices = {espota_device()};
  EXPECT_THAT(added(devices), testing::IsEmpty());
  EXPECT_EQ(result_.error().code(), Errc::FileUnreadable);
}

TEST_F(AddChosen, FailsIfNoDeviceMatches) {
  options_.choice->names = {"lamp-*"};
  const std::array devices = {espota_device()};
  EXPECT_THAT(added(devices), testing::IsEmpty());
  EXPECT_EQ(result_.error(), Error(Errc::NotFound, "none of the 1 devices found matches"));
  EXPECT_THAT(added({}), testing::IsEmpty());
  EXPECT_EQ(result_.error(), Error(Errc::NotFound, "no device was found"));
}

}  // namespace
}  // namespace otatool::app
