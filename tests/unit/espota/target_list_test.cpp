#include "otatool/espota/target_list.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool::espota {
namespace {

void expect_host_port(std::string_view text,
                      std::string_view host,
                      std::optional<std::uint16_t> port) {
  const Result<HostPort> parsed = parse_host_port(text);
  ASSERT_TRUE(parsed) << text << ": " << parsed.error().message();
  EXPECT_EQ(parsed->host, host);
  EXPECT_EQ(parsed->port, port);
}

TEST(HostPort, ReadsNamesAndLiterals) {
  expect_host_port("192.0.2.7", "192.0.2.7", std::nullopt);
  expect_host_port("kitchen.local:8266", "kitchen.local", 8266);
  expect_host_port("Kitchen light:8266", "Kitchen light", 8266);
  expect_host_port("2001:db8::1", "2001:db8::1", std::nullopt);
  expect_host_port("[2001:db8::1]", "2001:db8::1", std::nullopt);
  expect_host_port("[fe80::1%eth0]:3232", "fe80::1%eth0", 3232);
  expect_host_port("[fe80::1%25eth0]:3232", "fe80::1%eth0", 3232);
  expect_host_port("[fe80::1%25]", "fe80::1%25", std::nullopt);
}

TEST(HostPort, RefusesOtherText) {
  for (const char* text :
       {"",           ":8266",        "host:",     "host:0",    "host:65536",    "host:80x",
        "[::1",       "[::1]x",       "[::1]:",    "[]",        " host",         "host ",
        "two\twords", "http://host/", "user@host", "192.168.1", "192.168.1.256", "192.168.1.7.9",
        "192.168.1.", "3232235777",   "0.0.0.0",   "[::]:8266"}) {
    const Result<HostPort> parsed = parse_host_port(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), Errc::Usage);
  }
}

TEST(HostPort, FormatsWhatItParses) {
  expect_host_port(format_host_port("192.0.2.7", 8266), "192.0.2.7", 8266);
  expect_host_port(format_host_port("2001:db8::1", 3232), "2001:db8::1", 3232);
}

TEST(TargetList, ReadsOneTargetPerLine) {
  const auto targets = parse_target_list(
      "# the ground floor\n"
      "\n"
      "192.0.2.7\r\n"
      "  kitchen.local:8266   password-file=kitchen.pw # by the window\n"
      "[2001:db8::1] chip=esp32 port=3233\tpassword-file=\"my secrets/hall 1.pw\"");
  ASSERT_TRUE(targets) << targets.error().message();
  ASSERT_EQ(targets->size(), 3U);
  EXPECT_EQ((*targets)[0].address.host, "192.0.2.7");
  EXPECT_EQ((*targets)[0].line, 3U);
  EXPECT_EQ((*targets)[1].address.port, 8266);
  EXPECT_EQ((*targets)[1].password_file, "kitchen.pw");
  EXPECT_EQ((*targets)[2].chip, ChipFamily::Esp32);
  EXPECT_EQ((*targets)[2].address.port, 3233);
  EXPECT_EQ((*targets)[2].password_file, "my secrets/hall 1.pw");
  EXPECT_EQ((*targets)[2].line, 5U);
}

TEST(TargetList, SkipsAByteOrderMark) {
  const auto targets = parse_target_list("\xEF\xBB\xBFkitchen\r\n");
  ASSERT_TRUE(targets);
  ASSERT_EQ(targets->size(), 1U);
  EXPECT_EQ(targets->front().address.host, "kitchen");
  EXPECT_EQ(targets->front().line, 1U);
}

TEST(TargetList, ErrorsNameTheLine) {
  for (const char* text : {"a\nb port=x",
                           "a\nb port=0",
                           "a\nb chip=z80",
                           "a\nb user=x",
                           "a\nb c",
                           "a\nb password-file=",
                           "a\nb password-file=\"x",
                           "a\nb:99999"}) {
    const auto targets = parse_target_list(text);
    ASSERT_FALSE(targets) << text;
    EXPECT_EQ(targets.error().code(), Errc::Usage);
    EXPECT_TRUE(targets.error().message().starts_with("line 2: ")) << targets.error().message();
  }
}

}  // namespace
}  // namespace otatool::espota
