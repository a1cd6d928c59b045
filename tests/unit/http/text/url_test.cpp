#include "otatool/http/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Url, HasDefaults) {
  const auto url = parse_url("192.0.2.7", "/update");
  ASSERT_TRUE(url);
  EXPECT_FALSE(url->secure);
  EXPECT_EQ(url->host, "192.0.2.7");
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->target, "/update");
  EXPECT_EQ(url->authority(), "192.0.2.7");
  EXPECT_EQ(url->origin(), "http://192.0.2.7");
}

TEST(Url, ReadsEveryPart) {
  const auto url = parse_url("HTTPS://ad%6Din:p%40ss:w@kitchen.local:8443/fw/up?x=1&y=%20", "/u");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->user, "admin");
  ASSERT_TRUE(url->password);
  EXPECT_EQ(url->password->reveal(), "p@ss:w");
  EXPECT_EQ(url->authority(), "kitchen.local:8443");
  EXPECT_EQ(url->target, "/fw/up?x=1&y=%20");
  EXPECT_EQ(url->text(), "https://kitchen.local:8443/fw/up?x=1&y=%20");
}

TEST(Url, OmitsOnlyTheDefaultPort) {
  EXPECT_EQ(parse_url("http://h:80/", "/u")->authority(), "h");
  EXPECT_EQ(parse_url("http://h:443/", "/u")->authority(), "h:443");
  EXPECT_EQ(parse_url("https://h:443/", "/u")->authority(), "h");
  EXPECT_EQ(parse_url("https://h", "/u")->port, 443);
}

TEST(Url, AcceptsIpv6InBrackets) {
  const auto url = parse_url("http://[fe80::1%eth0]:8080/update", "/u");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "fe80::1%eth0");
  EXPECT_EQ(url->authority(), "[fe80::1]:8080");
}

TEST(Url, AQueryWithoutAPathGetsTheRoot) {
  EXPECT_EQ(parse_url("http://h?a=b", "/u")->target, "/?a=b");
  EXPECT_EQ(parse_url("http://h/", "/u")->target, "/");
}

class RefusedUrl : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All,
                         RefusedUrl,
                         ::testing::Values("",
                                           "ftp://h/update",
                                           "http://",
                                           "http:///update",
                                           "http://h:0/",
                                           "http://h:65536/",
                                           "http://h:8o/",
                                           "http://h:/",
                                           "http://[::1/",
                                           "http://[h]/",
                                           "http://[::1]8080/",
                                           "http://::1/",
                                           "http://a b/",
                                           "http://h/a b",
                                           "http://h/a\r\nX: y",
                                           "http://h/#part",
                                           "http://h\r\n/",
                                           "http://us%zz@h/",
                                           "http://us%0d%0aer:x@h/",
                                           "http://u:%4@h/"));

TEST_P(RefusedUrl, IsAUsageError) {
  const auto url = parse_url(GetParam(), "/update");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code(), Errc::Usage);
}

TEST(Url, AnErrorNeverShowsThePassword) {
  for (const char* text :
       {"http://u:geheim@h:0/", "http://u:geheim%@h/", "x://u:geheim@h/", "http://u:geheim@h/ "}) {
    const auto url = parse_url(text, "/update");
    ASSERT_FALSE(url);
    EXPECT_THAT(url.error().message(), Not(HasSubstr("geheim")));
  }
}

TEST(Url, ReadsAZoneInBothForms) {
  for (const char* text : {"http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/"}) {
    const auto url = parse_url(text, "/update");
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->host, "fe80::1%eth0");
    EXPECT_EQ(url->authority(), "[fe80::1]");
  }
  EXPECT_EQ(parse_url("http://[fe80::1%25]/", "/")->host, "fe80::1%25") << "interface 25";
}

}  // namespace
}  // namespace otatool::http
