#include "cli/frame/config.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kPath = "/project/otatool.toml";

Config read(std::string_view text) {
  auto config = parse_config(text, kPath);
  EXPECT_TRUE(config) << config.error().error.message();
  return config.value_or(Config{});
}

HintedError refused(std::string_view text) {
  auto config = parse_config(text, kPath);
  EXPECT_FALSE(config) << text;
  return config ? HintedError{Error(Errc::Internal, "was accepted"), ""} : config.error();
}

TEST(Config, MayBeEmpty) {
  const Config config = read("# nothing\n");
  EXPECT_TRUE(config.defaults.empty());
  EXPECT_TRUE(config.devices.empty());
  EXPECT_EQ(config.folder, "/project");
}

TEST(Config, ReadsDefaultsWithTheirPlaces) {
  const Config config = read("[defaults]\ncolor = \"never\"\njson = true\nverbose = 2\n");
  EXPECT_THAT(std::get<1>(config.defaults.at("color").value), ElementsAre("never"));
  EXPECT_EQ(config.defaults.at("color").place, "/project/otatool.toml:2");
  EXPECT_TRUE(std::get<bool>(config.defaults.at("json").value));
  EXPECT_THAT(std::get<1>(config.defaults.at("verbose").value), ElementsAre("2"));
}

TEST(Config, ReadsDevices) {
  const Config config = read(R"(
[device.kitchen]
host = "192.0.2.7"
port = 8266
chip = "esp8266"
password-file = "secrets/kitchen"
layout = "4m1m"
[device.attic]
host = "attic.local"
)");
  const ConfiguredDevice& kitchen = config.devices.at("kitchen");
  EXPECT_EQ(kitchen.host, "192.0.2.7");
  EXPECT_EQ(kitchen.port, 8266);
  EXPECT_EQ(kitchen.chip, ChipFamily::Esp8266);
  EXPECT_EQ(kitchen.password_file, "/project/secrets/kitchen");
  EXPECT_EQ(kitchen.layout, "4m1m");
  EXPECT_EQ(kitchen.place, "/project/otatool.toml:2");
  EXPECT_EQ(config.devices.at("attic").port, std::nullopt);
}

TEST(Config, IgnoresTheRulesOfTheUpdateServer) {
  read("[serve]\npath = \"/update\"\n[[serve.rule]]\nimage = \"a.bin\"\nanything = 1\n");
}

TEST(Config, ReportsFileAndLineOfAnUnknownOption) {
  const HintedError refusal = refused("[defaults]\ncolor = \"auto\"\ncolour = \"auto\"\n");
  EXPECT_EQ(refusal.error,
            Error(Errc::Usage, "/project/otatool.toml:3: unknown option 'colour' in [defaults]"));
  EXPECT_EQ(refusal.hint, "did you mean 'color'?");
  EXPECT_THAT(refused("[defaults]\nhelp = true\n").error.message(), HasSubstr("'help'"));
}

TEST(Config, ReportsUnknownTablesAndKeys) {
  EXPECT_EQ(refused("[default]\n").hint, "did you mean 'defaults'?");
  EXPECT_THAT(refused("colour = 1\n").error.message(), HasSubstr(":1: unknown name 'colour'"));
  const HintedError key = refused("[device.x]\nhost = \"h\"\nprot = 1\n");
  EXPECT_THAT(key.error.message(), HasSubstr(":3: unknown name 'prot' of a device"));
  EXPECT_EQ(key.hint, "did you mean 'port'?");
}

TEST(Config, RefusesSecrets) {
  for (const std::string name : {"password", "password-hash", "passphrase"}) {
    const HintedError refusal = refused("[defaults]\n" + name + " = \"s3cret\"\n");
    EXPECT_THAT(refusal.error.message(), HasSubstr(":2: '" + name + "' is a secret"));
    EXPECT_EQ(refusal.error.message().find("s3cret"), std::string::npos);
    EXPECT_THAT(refusal.hint, HasSubstr("password-file"));
  }
  EXPECT_THAT(refused("[device.x]\nhost = \"h\"\npassword = \"s3cret\"\n").error.message(),
              HasSubstr(":3: 'password' is a secret"));
}

TEST(Config, RefusesValuesOfTheWrongKind) {
  for (const char* text : {
           "[defaults]\ncolor = { a = 1 }\n",
           "[defaults]\ncolor = []\n",
           "[defaults]\ncolor = [[\"a\"]]\n",
           "[defaults]\ncolor = 2020-01-01\n",
           "defaults = 1\n",
           "[[defaults]]\n",
           "[device]\nx = 1\n",
           "[device.x]\n",
           "[device.x]\nhost = \"\"\n",
           "[device.x]\nhost = 1\n",
           "[device.x]\nhost = \"h\"\nport = 0\n",
           "[device.x]\nhost = \"h\"\nport = 65536\n",
           "[device.x]\nhost = \"h\"\nport = \"80\"\n",
           "[device.x]\nhost = \"h\"\nchip = \"esp9\"\n",
       }) {
    EXPECT_EQ(refused(text).error.code(), Errc::Usage);
  }
}

TEST(Config, NamesTheLineOfInvalidToml) {
  const HintedError refusal = refused("[defaults]\ncolor = \n");
  EXPECT_EQ(refusal.error.code(), Errc::Usage);
  EXPECT_THAT(refusal.error.message(), HasSubstr("/project/otatool.toml:2: "));
  EXPECT_THAT(refused("\xff\xfe").error.message(), HasSubstr("/project/otatool.toml:1: "));
}

TEST(Config, ResolvesPathsFromItsFolder) {
  EXPECT_EQ(path_from("/project", "keys/a"), "/project/keys/a");
  EXPECT_EQ(path_from("/project", "/keys/a"), "/keys/a");
  EXPECT_EQ(path_from("/project", "-"), "-");
  setenv("HOME", "/house/me", 1);
  EXPECT_EQ(path_from("/project", "~/a"), "/house/me/a");
}

TEST(Config, ADeepNestingIsRefusedBeforeParsing) {
  std::string name = "a";
  for (int i = 0; i < 200'000; ++i) {
    name += ".a";
  }
  EXPECT_EQ(refused("[defaults]\n" + name + " = 1\n").error.message(),
            "/project/otatool.toml:2: a name of more than 16 parts");
  EXPECT_EQ(refused("[" + name + "]\n").error.message(),
            "/project/otatool.toml:1: a name of more than 16 parts");
  EXPECT_EQ(refused("\na = " + std::string(200'000, '[')).error.message(),
            "/project/otatool.toml:2: more than 32 arrays or tables inside each other");
  EXPECT_EQ(refused("[" + name + "]\n").error.code(), Errc::Usage);
}

}  // namespace
}  // namespace otatool::cli
