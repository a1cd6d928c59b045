#include "otatool/http/recogniser.hpp"

#include <functional>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/families/probe.hpp"
#include "tests/unit/http/families/answers.hpp"

namespace otatool::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Page {
  unsigned status = 404;
  std::string body = "Not found";
  std::string server = {};
};
/// The pages of a device; every other address is a 404.
struct Pages {
  std::map<std::string, Page, std::less<>> pages;
  Page other = {};
};

struct Outcome {
  DeviceIdentity device;
  std::vector<std::string> asked;
};

Outcome recognise(const Pages& pages, std::vector<Family> candidates = families_at("")) {
  Recogniser recogniser(std::move(candidates));
  Outcome outcome;
  Recogniser::Action action = recogniser.start();
  while (const auto* probe = std::get_if<Recogniser::Probe>(&action)) {
    outcome.asked.emplace_back(probe->target);
    const auto found = pages.pages.find(probe->target);
    const Page& page = found == pages.pages.end() ? pages.other : found->second;
    const OwnAnswer answer(page.status, page.body, page.server);
    action = recogniser.next(answer.view());
  }
  outcome.device = std::get<DeviceIdentity>(action);
  return outcome;
}

Pages one(std::string_view path, std::string_view body) {
  return {{{std::string(path), {200, std::string(body)}}}};
}

TEST(Recogniser, NoProbeChangesAnything) {
  for (const Probe& probe : probes()) {
    for (const char* forbidden : {"/u1", "/u2", "/u4", "/ota", "/reset", "/index"}) {
      EXPECT_THAT(std::string(probe.target), Not(StartsWith(forbidden)));
    }
    EXPECT_EQ(probe.target.find("revert"), std::string::npos);
    EXPECT_EQ(probe.target.find("restart"), std::string::npos);
  }
  for (const Family family : families()) {
    const std::string_view uptime = uptime_target(family);
    EXPECT_TRUE(uptime.empty() || uptime == "/cm?cmnd=Status%201");
  }
}

TEST(Recogniser, AsksInTheOrderOfThePage) {
  const Outcome outcome = recognise({});
  EXPECT_THAT(outcome.asked,
              ElementsAre("/cm?cmnd=Status%202",
                          "/json/info",
                          "/api/info",
                          "/api/system/info",
                          "/api/system/status",
                          "/shelly",
                          "/discover",
                          "/update/identity",
                          "/update",
                          "/json",
                          "/"));
  EXPECT_EQ(outcome.device, DeviceIdentity{});
}

TEST(Recogniser, Tasmota) {
  const std::string server = "Tasmota/15.2.0.2 (ESP8266EX)";
  const Outcome open =
      recognise({{{"/cm?cmnd=Status%202", {200, std::string(kTasmotaStatus2), server}}}});
  EXPECT_EQ(open.device.family, Family::Tasmota);
  EXPECT_EQ(open.device.version, "15.2.0.2(tasmota)");
  EXPECT_EQ(open.device.hardware, "ESP8266EX");
  EXPECT_EQ(open.device.build, "2025-12-24T10:11:12");
  EXPECT_FALSE(open.device.login_needed);
  EXPECT_EQ(open.asked.size(), 1U);

  const Outcome locked = recognise({{{"/cm?cmnd=Status%202",
                                      {401,
                                       R"({"WARNING":"Need user=<username>&password=<password>"})",
                                       "Tasmota/15.2.0.2 (ESP32-D0WD-V3 v3.1)"}}}});
  EXPECT_EQ(locked.device.family, Family::Tasmota);
  EXPECT_EQ(locked.device.version, "15.2.0.2");
  EXPECT_EQ(locked.device.hardware, "ESP32-D0WD-V3 v3.1");
  EXPECT_TRUE(locked.device.login_needed);
}

TEST(Recogniser, ItsJsonWithoutItsServerFieldIsOpenBeken) {
  Pages pages = one("/api/info", kOpenBekenInfo);
  pages.pages["/cm?cmnd=Status%202"] = {200, std::string(kTasmotaStatus2)};
  const Outcome outcome = recognise(pages);
  EXPECT_EQ(outcome.device.family, Family::OpenBeken);
  EXPECT_EQ(outcome.device.hardware, "BK7231T");
  EXPECT_EQ(outcome.device.version, "Built on Aug 1 2026 version 1.18");
}

struct JsonCase {
  const char* path;
  std::string_view body;
  DeviceIdentity device;
};

TEST(Recogniser, DevicesThatTellJson) {
  const std::vector<JsonCase> cases = {
      {"/json/info",
       kWledInfo,
       {.family = Family::Wled,
        .version = "16.0.1",
        .hardware = "ESP32-D0WD-V3",
        .release = "ESP32",
        .build = "2606010"}},
      {"/api/system/info",
       kBitaxeInfo,
       {.family = Family::Bitaxe, .version = "v2.9.0", .hardware = "601", .release = "v2.9.0"}},
      {"/api/system/status",
       kOpenDtuStatus,
       {.family = Family::OpenDtu,
        .version = "v26.3.30",
        .hardware = "ESP32-S3",
        .release = "generic_esp32s3"}},
      {"/shelly",
       kShelly,
       {.family = Family::ShellyGen1,
        .version = "20230913-112003/v1.14.0-gcb84623",
        .hardware = "SHSW-1",
        .login_needed = true}},
      {"/discover",
       kEspurnaDiscover,
       {.family = Family::Espurna, .version = "1.18.0", .hardware = "ITEAD_SONOFF_BASIC"}},
      {"/update/identity",
       kElegantIdentity,
       {.family = Family::ElegantOta2, .hardware = "ESP8266"}},
      {"/json",
       kEspEasyJson,
       {.family = Family::EspEasy,
        .version = "mega-20241019",
        .release = "ESP_Easy_ESP32.bin",
        .build = "20241"}}};
  for (const JsonCase& each : cases) {
    EXPECT_EQ(recognise(one(each.path, each.body)).device, each.device) << each.path;
  }
}

TEST(Recogniser, DevicesThatShowAPage) {
  const auto family = [](std::string_view path, std::string_view body) {
    return recognise(one(path, body)).device.family;
  };
  EXPECT_EQ(family("/update", kStockPage), Family::Stock);
  EXPECT_EQ(family("/update", "<form><input type=\"file\" name=\"firmware\"></form>"),
            Family::Unknown);
  EXPECT_EQ(family("/update", "<html><title>ElegantOTA Lite</title>"), Family::ElegantOta3);
  EXPECT_EQ(family("/update", "<html><TITLE> ElegantOTA </TITLE>"), Family::ElegantOta2);
  EXPECT_EQ(family("/update", "<title>WLED Update</title>"), Family::Wled);
  EXPECT_EQ(family("/update", "<title>My updates</title>"), Family::Unknown);
  EXPECT_EQ(family("/", "<body><esp-app></esp-app>"), Family::Esphome);
  EXPECT_EQ(family("/", "<script src=\"https://oi.esphome.io/v2/www.js\">"), Family::Esphome);
}

TEST(Recogniser, OtherDevicesAreUnknown) {
  const auto family = [](std::string_view path, std::string_view body) {
    return recognise(one(path, body)).device.family;
  };
  EXPECT_EQ(family("/json/info", R"({"ver":"1","brand":"LEDW"})"), Family::Unknown);
  EXPECT_EQ(family("/json/info", R"([1,2])"), Family::Unknown);
  EXPECT_EQ(family("/json/info", R"({"ver":"16.0.1","brand":"WLED")"), Family::Unknown);
  EXPECT_EQ(family("/shelly", R"({"type":"x","fw":"1","gen":2})"), Family::Unknown);
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  EXPECT_EQ(family("/shelly", R"({"type":"x","fw":"1","x":)" + deep + "}"), Family::Unknown);
  EXPECT_EQ(recognise({{}, {200, "<html>Welcome</html>"}}).device.family, Family::Unknown);
  EXPECT_EQ(recognise({{}, {0, ""}}).device, DeviceIdentity{});
}

TEST(Recogniser, APasswordOnOneAddressShowsTheFamily) {
  const Outcome opendtu = recognise({{{"/api/system/status", {401, ""}}}});
  EXPECT_EQ(opendtu.device, (DeviceIdentity{.family = Family::OpenDtu, .login_needed = true}));
  const Outcome elegant = recognise({{{"/update/identity", {401, ""}}}});
  EXPECT_EQ(elegant.device.family, Family::ElegantOta2);
  const Outcome everything = recognise({{}, {401, ""}});
  EXPECT_EQ(everything.device, (DeviceIdentity{.family = Family::Unknown, .login_needed = true}));
}

TEST(Recogniser, APathLimitsTheLookUps) {
  EXPECT_THAT(recognise({}, families_at("/u2")).asked, ElementsAre("/cm?cmnd=Status%202"));
  EXPECT_THAT(recognise({}, families_at("/ota/upload")).asked, ElementsAre("/update"));
  EXPECT_THAT(recognise({}, families_at("/my/form")).asked, IsEmpty());
  EXPECT_THAT(recognise({}, families_at("/update")).asked,
              ElementsAre("/json/info", "/update/identity", "/update", "/json", "/"));
  EXPECT_EQ(recognise(one("/json/info", kWledInfo), {Family::Stock}).device.family,
            Family::Unknown);
}

TEST(Recogniser, TextsOfADeviceArePrintable) {
  const Outcome outcome = recognise(
      {{{"/cm?cmnd=Status%202", {401, "", "Tasmota/1\x1b[31m\xff (" + std::string(200, 'x')}}}});
  EXPECT_EQ(outcome.device.version, "1?[31m?");
  EXPECT_EQ(outcome.device.hardware.size(), 80U);
}

TEST(Family, NamesAndTargets) {
  for (const Family family : families()) {
    EXPECT_EQ(family_of_name(to_string(family)), family);
    EXPECT_FALSE(title(family).empty());
  }
  EXPECT_EQ(family_of_name("unknown"), std::nullopt);
  EXPECT_EQ(family_of_name("Tasmota"), std::nullopt);
  EXPECT_EQ(version_target(Family::Wled), "/json/info");
  EXPECT_EQ(version_target(Family::Stock), "");
  EXPECT_EQ(version_target(Family::ElegantOta3), "");
}

TEST(Family, ReadsUptimeAndStarts) {
  const OwnAnswer answer(200, R"({"StatusPRM":{"Uptime":"1T02:03:04","BootCount":17}})");
  const auto device = read_identity(Family::Tasmota, answer.view());
  ASSERT_TRUE(device);
  EXPECT_EQ(device->uptime_seconds, 93784U);
  EXPECT_EQ(device->boot_count, 17U);
  const OwnAnswer odd(200, R"({"StatusPRM":{"Uptime":"1T02:03","BootCount":-1}})");
  EXPECT_EQ(read_identity(Family::Tasmota, odd.view())->uptime_seconds, std::nullopt);
  EXPECT_EQ(read_identity(Family::Tasmota, odd.view())->boot_count, std::nullopt);
  const OwnAnswer wled(200, std::string(kWledInfo));
  EXPECT_EQ(read_identity(Family::Wled, wled.view())->version, "16.0.1");
  EXPECT_EQ(read_identity(Family::Bitaxe, wled.view()), std::nullopt);
}

TEST(Family, ReadsTheSizeOfTheFlash) {
  const OwnAnswer answer(200, R"({"StatusMEM":{"ProgramFlashSize":1024,"FlashSize":4096}})");
  EXPECT_EQ(read_identity(Family::Tasmota, answer.view())->flash_bytes, 4096U * 1024U);
  for (const char* const odd : {"0", "-1", "\"4096\"", "18446744073709551615"}) {
    const OwnAnswer wrong(200, std::string(R"({"StatusMEM":{"FlashSize":)") + odd + "}}");
    EXPECT_EQ(read_identity(Family::Tasmota, wrong.view()), std::nullopt) << odd;
  }
  EXPECT_EQ(flash_target({.family = Family::Tasmota, .hardware = "ESP8266EX"}),
            "/cm?cmnd=Status%204");
  EXPECT_EQ(flash_target({.family = Family::Tasmota, .hardware = "ESP32-D0WD"}), "");
  EXPECT_EQ(flash_target({.family = Family::Wled, .hardware = "esp8266"}), "");
}

TEST(Family, KnowsTheChip) {
  const auto chip = [](Family family, const char* hardware) {
    return chip_family_of({.family = family, .hardware = hardware});
  };
  EXPECT_EQ(chip(Family::Tasmota, "ESP8266EX"), ChipFamily::Esp8266);
  EXPECT_EQ(chip(Family::Tasmota, "ESP8285N08"), ChipFamily::Esp8266);
  EXPECT_EQ(chip(Family::Wled, "esp32-S3"), ChipFamily::Esp32);
  EXPECT_EQ(chip(Family::Bitaxe, "601"), ChipFamily::Esp32);
  EXPECT_EQ(chip(Family::Espurna, "ITEAD"), ChipFamily::Esp8266);
  EXPECT_EQ(chip(Family::OpenBeken, "BK7231T"), ChipFamily::Unknown);
  EXPECT_EQ(chip(Family::Stock, ""), ChipFamily::Unknown);
}

}  // namespace
}  // namespace otatool::http
