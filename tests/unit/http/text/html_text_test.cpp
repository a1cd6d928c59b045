#include "http/text/html_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HtmlText, HasTheVisibleLines) {
  EXPECT_THAT(text_lines("<html><head><title>WLED</title><style>h2{}</style></head><body>\n"
                         "<h2>Update failed!</h2>Needs &#39;16.0&#39; &amp; more<br>  <p>Back"),
              ElementsAre("Update failed!", "Needs '16.0' & more", "Back"));
  EXPECT_THAT(text_lines("busy\r\n\nmore"), ElementsAre("busy", "more"));
  EXPECT_THAT(text_lines("a<script>if (x<y) alert('<b>')</SCRIPT>b"), ElementsAre("a", "b"));
}

TEST(HtmlText, EndsInIncompleteMarkup) {
  for (const char* html : {"", "<", "<head", "<script><", "<style>x</styl", "&", "< >"}) {
    EXPECT_THAT(text_lines(html), testing::Each(testing::Not(testing::IsEmpty()))) << html;
  }
  EXPECT_THAT(text_lines("<script>never ends"), IsEmpty());
}

}  // namespace
}  // namespace otatool::http
