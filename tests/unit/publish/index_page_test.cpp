#include "otatool/publish/index_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::publish {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(IndexPage, ShowsEachImageWithItsFiles) {
  const std::string page = index_page("releases",
                                      {{.path = "a b.bin",
                                        .description = "firmware",
                                        .version = "2.0.0",
                                        .size_bytes = 1234,
                                        .md5 = "0123",
                                        .sha256 = "4567",
                                        .related = {"a b.bin.gz", "a b.bin.sig"}}},
                                      "manifest.json");
  EXPECT_THAT(page, HasSubstr("<title>releases</title>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"./a%20b.bin\">a b.bin</a>"));
  EXPECT_THAT(page, HasSubstr("firmware, version 2.0.0, 1234 bytes"));
  EXPECT_THAT(page, HasSubstr("MD5 <code>0123</code>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"./a%20b.bin.gz\">a b.bin.gz</a>, <a href="));
  EXPECT_THAT(page, HasSubstr("<a href=\"./manifest.json\">"));
}

TEST(IndexPage, TextOfFilesIsNoHtml) {
  const std::string page =
      index_page("<b>&", {{.path = "\"><script>.bin", .description = "x", .version = "<i>"}}, "");
  EXPECT_THAT(page, HasSubstr("<title>&lt;b&gt;&amp;</title>"));
  EXPECT_THAT(page, HasSubstr("href=\"./%22%3E%3Cscript%3E.bin\""));
  EXPECT_THAT(page, HasSubstr("version &lt;i&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
}

TEST(IndexPage, LoadsNothingFromElsewhere) {
  const std::string page = index_page("x", {}, "");
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
}

}  // namespace
}  // namespace otatool::publish
