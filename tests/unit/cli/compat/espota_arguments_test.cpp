#include "cli/compat/espota_arguments.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Words = std::vector<std::string>;

EspotaArguments parsed(const Words& words) {
  auto arguments = parse_espota_arguments(words);
  EXPECT_TRUE(arguments) << ::testing::PrintToString(words) << ": " << arguments.error().message();
  return arguments.value_or(EspotaArguments());
}

/// The complaint about words that make espota.py exit with 2.
std::string refused(const Words& words) {
  const auto arguments = parse_espota_arguments(words);
  if (arguments) {
    ADD_FAILURE() << ::testing::PrintToString(words) << " is taken";
    return {};
  }
  EXPECT_EQ(arguments.error().code(), Errc::Usage);
  return arguments.error().message();
}

TEST(EspotaArguments, DefaultsAreThoseOfBothLineages) {
  const EspotaArguments none = parsed({});
  EXPECT_EQ(none.address, "");
  EXPECT_EQ(none.host_address, "");
  EXPECT_EQ(none.port, std::nullopt);
  EXPECT_EQ(none.host_port, 0);
  EXPECT_EQ(none.password, "");
  EXPECT_EQ(none.timeout, std::nullopt);
  EXPECT_FALSE(none.filesystem || none.debug || none.progress || none.md5_target || none.help);
  EXPECT_TRUE(none.prefer_signed);
  EXPECT_THAT(none.warnings, IsEmpty());
}

TEST(EspotaArguments, EveryOptionInEverySpelling) {
  const std::vector<Words> spellings = {
      {"-i",
       "a",
       "-I",
       "b",
       "-p",
       "81",
       "-P",
       "82",
       "-a",
       "pw",
       "-f",
       "x",
       "-s",
       "-d",
       "-r",
       "-t",
       "7",
       "-m"},
      {"-ia", "-Ib", "-p81", "-P82", "-apw", "-fx", "-sdrm", "-t7"},
      {"--ip",
       "a",
       "--host_ip",
       "b",
       "--port",
       "81",
       "--host_port",
       "82",
       "--auth",
       "pw",
       "--file",
       "x",
       "--spiffs",
       "--debug",
       "--progress",
       "--timeout",
       "7",
       "--md5-target"},
      {"--ip=a",
       "--host_ip=b",
       "--port=81",
       "--host_port=82",
       "--auth=pw",
       "--file=x",
       "--spiffs",
       "--debug",
       "--progress",
       "--timeout=7",
       "--md5-target"},
      {"--i",
       "a",
       "--host_i",
       "b",
       "--po=81",
       "--host_p=82",
       "--au=pw",
       "--f",
       "x",
       "--sp",
       "--de",
       "--prog",
       "--ti=7",
       "--md"},
      {"--f=x", "-drsm", "-iapart", "-ia", "-Ib", "-p", "80", "-p81", "-P82", "-t7", "-apw"},
  };
  for (const Words& words : spellings) {
    SCOPED_TRACE(::testing::PrintToString(words));
    const EspotaArguments arguments = parsed(words);
    EXPECT_EQ(arguments.address, "a");
    EXPECT_EQ(arguments.host_address, "b");
    EXPECT_EQ(arguments.port, 81);
    EXPECT_EQ(arguments.host_port, 82);
    EXPECT_EQ(arguments.password, "pw");
    EXPECT_EQ(arguments.file, "x");
    EXPECT_EQ(arguments.timeout, std::chrono::seconds(7));
    EXPECT_TRUE(arguments.filesystem && arguments.debug && arguments.progress &&
                arguments.md5_target);
    EXPECT_THAT(arguments.warnings, IsEmpty());
  }
}

TEST(EspotaArguments, AnEmptyPasswordIsNone) {
  EXPECT_EQ(parsed({"--auth=", "-i", "a"}).password, "");
  EXPECT_EQ(parsed({"--auth=", "-i", "a"}).address, "a");
  EXPECT_EQ(parsed({"-a", "", "-i", "a"}).password, "");
  EXPECT_EQ(parsed({"--auth=a=b c", "-i", "a"}).password, "a=b c");
}

TEST(EspotaArguments, AnyAddressIsNone) {
  EXPECT_EQ(parsed({"-I", "0.0.0.0"}).host_address, "");
  EXPECT_EQ(parsed({"-I", "::"}).host_address, "");
}

TEST(EspotaArguments, APlaceholderForThePortIsTheDefaultPort) {
  for (const char* placeholder : {"{upload.port.properties.port}", "{network.port}"}) {
    const EspotaArguments arguments = parsed({"-i", "a", "-p", placeholder, "-f", "x"});
    EXPECT_EQ(arguments.port, std::nullopt);
    EXPECT_THAT(arguments.warnings, ElementsAre(HasSubstr(placeholder)));
    EXPECT_EQ(arguments.file, "x");
  }
  EXPECT_EQ(parsed({"-p", "0"}).port, std::nullopt);
}

TEST(EspotaArguments, WhatIsRefused) {
  const std::vector<std::pair<Words, std::string>> table = {
      {{"--p", "81"}, "more than one: --p"},
      {{"--host", "b"}, "more than one: --host"},
      {{"--h"}, "more than one: --h"},
      {{"--password=pw"}, "no such option, or more than one: --password"},
      {{"-x"}, "no such option: -x"},
      {{"-drx"}, "no such option: -x"},
      {{"--debug=1"}, "option --debug takes no value"},
      {{"--no-signed=1"}, "option --no-signed takes no value"},
      {{"-i"}, "option -i needs a value"},
      {{"-di"}, "option -i needs a value"},
      {{"--file"}, "option --file needs a value"},
      {{"-p", "udp"}, "'udp' is not a port"},
      {{"-p", "8266x"}, "'8266x' is not a port"},
      {{"-p", ""}, "'' is not a port"},
      {{"-p", "-1"}, "'-1' is not a port"},
      {{"-p", "65536"}, "'65536' is not a port"},
      {{"-p", "{"}, "'{' is not a port"},
      {{"-P", "{x}"}, "'{x}' is not a port"},
      {{"-t", "long"}, "'long' is not a number of seconds"},
      {{"--chip", "esp"}, "'esp' is not one of auto, esp8266, esp32"},
      {{"--force", "all"}, "unknown check 'all'"},
  };
  for (const auto& [words, complaint] : table) {
    EXPECT_THAT(refused(words), HasSubstr(complaint)) << ::testing::PrintToString(words);
  }
}

TEST(EspotaArguments, ComplaintsNeverQuoteThePassword) {
  for (const Words& words : std::vector<Words>{{"-a", "s3cret", "-drx"},
                                               {"-a", "s3cret", "-di"},
                                               {"--authx=s3cret"},
                                               {"--debug=s3cret"},
                                               {"--auth", "s3cret", "--h"},
                                               {"-as3cret", "-p", "x"},
                                               {"--auth=my", "s3cret", "--chip", "esp32"}}) {
    EXPECT_THAT(refused(words), Not(HasSubstr("s3cret")));
  }
}

TEST(EspotaArguments, StrayWordsAreIgnoredBy8266AndRefusedByEsp32) {
  const Words words = {"one", "-i", "a", "--auth=my", "s3cret", "-f", "x", "--", "-d"};
  const EspotaArguments arguments = parsed(words);
  EXPECT_EQ(arguments.address, "a");
  EXPECT_EQ(arguments.file, "x");
  EXPECT_FALSE(arguments.debug);
  EXPECT_THAT(arguments.warnings,
              ElementsAre(HasSubstr("argument 1 "),
                          AllOf(HasSubstr("argument 5 "), Not(HasSubstr("s3cret"))),
                          HasSubstr("argument 9 ")));
  Words strict = words;
  strict.insert(strict.begin(), {"--chip", "esp32"});
  EXPECT_THAT(refused(strict), HasSubstr("argument 3 belongs to no option"));
}

TEST(EspotaArguments, TheEnvironmentDoesNotChangeHowWordsAreRead) {
  ASSERT_EQ(setenv("POSIXLY_CORRECT", "1", 1), 0);
  EXPECT_EQ(parsed({"stray", "-i", "a"}).address, "a");
  ASSERT_EQ(unsetenv("POSIXLY_CORRECT"), 0);
}

TEST(EspotaArguments, OurOwnAdditions) {
  const EspotaArguments arguments =
      parsed({"--chip", "esp32", "--no-signed", "--force", "damaged", "--force=wrong-chip"});
  EXPECT_EQ(arguments.chip, ChipFamily::Esp32);
  EXPECT_FALSE(arguments.prefer_signed);
  EXPECT_THAT(arguments.overridden,
              ElementsAre(image::UploadCheck::Damaged, image::UploadCheck::WrongChip));
}

}  // namespace
}  // namespace otatool::cli
