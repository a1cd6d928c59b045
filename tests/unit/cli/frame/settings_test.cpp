#include "cli/frame/settings.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace otatool::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::array kOptions = {
    Option{.name = "port", .value = "N"},
    Option{.name = "fs"},
    Option{.name = "match", .value = "GLOB", .repeatable = true},
    Option{.name = "key", .value = "KEY"},
    Option{.name = "current", .value = "FILE|SIZE"},
    Option{.name = "password", .value = "TEXT"},
    Option{.name = "password-file", .value = "FILE"},
};
constexpr Command kCommand = {.name = "upload", .summary = "", .options = kOptions};

ConfiguredOption text(std::string value, std::string place = "x.toml:1") {
  return {std::vector{std::move(value)}, std::move(place)};
}

class SettingsTest : public ::testing::Test {
 protected:
  void TearDown() override {
    for (const Option& option : kOptions) {
      unsetenv(variable_of(option.name).c_str());
    }
    unsetenv("OTATOOL_VERBOSE");
  }

  Settings settled(OptionValues values = {}) {
    auto settings = settle(kCommand, std::move(values), files_);
    EXPECT_TRUE(settings) << settings.error().error.message();
    return settings.value_or(Settings{});
  }
  Error refused() {
    auto settings = settle(kCommand, {}, files_);
    EXPECT_FALSE(settings);
    return settings ? Error(Errc::Internal, "was accepted") : settings.error().error;
  }

  ConfigFiles files_ = {Config{"/project", {}, {}}, Config{"/user", {}, {}}};
};

TEST_F(SettingsTest, NamesVariables) {
  EXPECT_EQ(variable_of("port"), "OTATOOL_PORT");
  EXPECT_EQ(variable_of("password-file"), "OTATOOL_PASSWORD_FILE");
}

TEST_F(SettingsTest, TheSourceWithTheHighestPrecedenceWins) {
  files_.user->defaults["port"] = text("4");
  EXPECT_THAT(settled().values.at("port"), ElementsAre("4"));
  EXPECT_EQ(settled().sources.at("port").origin, Origin::UserFile);
  files_.project->defaults["port"] = text("3", "/project/otatool.toml:7");
  EXPECT_THAT(settled().values.at("port"), ElementsAre("3"));
  EXPECT_EQ(settled().sources.at("port").place, "/project/otatool.toml:7: 'port'");
  setenv("OTATOOL_PORT", "2", 1);
  EXPECT_THAT(settled().values.at("port"), ElementsAre("2"));
  EXPECT_EQ(settled().sources.at("port").place, "OTATOOL_PORT");
  EXPECT_THAT(settled({{"port", {"1"}}}).values.at("port"), ElementsAre("1"));
  EXPECT_FALSE(settled({{"port", {"1"}}}).sources.contains("port"));
}

TEST_F(SettingsTest, ASourceOfHigherPrecedenceSwitchesAFlagOff) {
  files_.user->defaults["fs"] = {true, "x.toml:1"};
  EXPECT_THAT(settled().values.at("fs"), SizeIs(1));
  files_.project->defaults["fs"] = {false, "x.toml:1"};
  EXPECT_FALSE(settled().values.contains("fs"));
  setenv("OTATOOL_FS", "yes", 1);
  EXPECT_TRUE(settled().values.contains("fs"));
  setenv("OTATOOL_FS", "0", 1);
  EXPECT_FALSE(settled().values.contains("fs"));
}

TEST_F(SettingsTest, RepeatableFlagsCount) {
  setenv("OTATOOL_VERBOSE", "2", 1);
  EXPECT_THAT(settled().values.at("verbose"), SizeIs(2));
  files_.project->defaults["fs"] = text("2");
  EXPECT_EQ(refused().message(),
            "x.toml:1: 'fs': '2' is not one of yes, no, true, false, on, off, 1, 0");
}

TEST_F(SettingsTest, ListsAreForRepeatableOptions) {
  files_.project->defaults["match"] = {std::vector<std::string>{"a*", "b*"}, "x.toml:1"};
  EXPECT_THAT(settled().values.at("match"), ElementsAre("a*", "b*"));
  files_.project->defaults["port"] = {std::vector<std::string>{"1", "2"}, "x.toml:2"};
  EXPECT_EQ(refused().message(), "x.toml:2: 'port': takes one value, not a list");
}

TEST_F(SettingsTest, PathsAreRelativeToTheirFile) {
  files_.user->defaults["key"] = text("private.key");
  EXPECT_THAT(settled().values.at("key"), ElementsAre("/user/private.key"));
  for (const auto& [written, read] : {std::pair("old.bin", "/project/old.bin"),
                                      std::pair("500000", "500000"),
                                      std::pair("0x7a120", "0x7a120")}) {
    files_.project->defaults["current"] = text(written);
    EXPECT_THAT(settled().values.at("current"), ElementsAre(read));
  }
  setenv("OTATOOL_KEY", "private.key", 1);
  EXPECT_THAT(settled().values.at("key"), ElementsAre("private.key"));
}

TEST_F(SettingsTest, SecretsAreNotReadAsOptionsFromTheEnvironment) {
  setenv("OTATOOL_PASSWORD", "s3cret", 1);
  EXPECT_THAT(settled().values, IsEmpty());
}

TEST_F(SettingsTest, OptionsOfOtherCommandsAreIgnored) {
  files_.project->defaults["jobs"] = text("9");
  EXPECT_THAT(settled().values, IsEmpty());
}

TEST_F(SettingsTest, RefusesValuesOfTheWrongKind) {
  setenv("OTATOOL_FS", "maybe", 1);
  EXPECT_EQ(
      refused(),
      Error(Errc::Usage, "OTATOOL_FS: 'maybe' is not one of yes, no, true, false, on, off, 1, 0"));
  unsetenv("OTATOOL_FS");
  files_.project->defaults["port"] = {true, "x.toml:1"};
  EXPECT_EQ(refused().message(), "x.toml:1: 'port': needs a value (N)");
}

TEST_F(SettingsTest, DevicesOfTheProjectHideThoseOfTheUser) {
  files_.project->devices["kitchen"] = {.host = "192.0.2.1"};
  files_.user->devices["kitchen"] = {.host = "192.0.2.2"};
  files_.user->devices["attic"] = {.host = "192.0.2.3"};
  const Settings settings = settled();
  EXPECT_EQ(settings.devices.at("kitchen").host, "192.0.2.1");
  EXPECT_EQ(settings.devices.at("attic").host, "192.0.2.3");
}

TEST(ConfigFilesTest, AreFoundAboveTheWorkingFolderAndInTheConfigurationOfTheUser) {
  const test::TemporaryFolder folder;
  folder.write("project/otatool.toml", "[defaults]\ncolor = \"never\"\n");
  folder.write("otatool.toml", "this is not read, as it is further away");
  folder.write("user/otatool/config.toml", "[defaults]\nquiet = true\n");
  std::filesystem::create_directories(folder / "project/a/b");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "project/a/b");
  setenv("XDG_CONFIG_HOME", (folder / "user").c_str(), 1);
  const auto files = read_config_files();
  std::filesystem::current_path(before);
  unsetenv("XDG_CONFIG_HOME");
  ASSERT_TRUE(files) << files.error().error.message();
  EXPECT_EQ(files->project->folder, (folder / "project").string());
  EXPECT_TRUE(files->project->defaults.contains("color"));
  EXPECT_TRUE(files->user->defaults.contains("quiet"));
}

}  // namespace
}  // namespace otatool::cli
