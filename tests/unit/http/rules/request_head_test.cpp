#include "http/rules/request_head.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

TEST(RequestHead, LeadingLineEndsAreCounted) {
  EXPECT_EQ(leading_line_ends(""), 0U);
  EXPECT_EQ(leading_line_ends("\r\n\nGET"), 3U);
  EXPECT_EQ(leading_line_ends("\rGET"), 0U);
  EXPECT_EQ(leading_line_ends("GET\r\n"), 0U);
}

TEST(RequestHead, ARequestLineEndsWithAVersion) {
  EXPECT_EQ(check_request_line("GET / HTTP/1.1\r\n", 100), RequestLine::Valid);
  EXPECT_EQ(check_request_line("GET / HTTP/1.0\nHost: x", 100), RequestLine::Valid);
  EXPECT_EQ(check_request_line("GET / HTTP/1.1", 100), RequestLine::Incomplete);
  for (const char* line :
       {"GET / \r\n", "GET /\r\n", "nonsense\r\n", "GET / HTTP/11\r\n", "\r\n"}) {
    EXPECT_EQ(check_request_line(line, 100), RequestLine::Malformed) << line;
  }
}

TEST(RequestHead, ALongRequestLineIsKnownBeforeItsEnd) {
  const std::string line = "GET /" + std::string(100, 'a');
  EXPECT_EQ(check_request_line(line, 100), RequestLine::TooLong);
  EXPECT_EQ(check_request_line(line + " HTTP/1.1\r\n", 100), RequestLine::TooLong);
  EXPECT_EQ(check_request_line(line, 105), RequestLine::Incomplete);
}

TEST(RequestHead, Http11NeedsExactlyOneHost) {
  const std::vector<HeaderField> one = {{"host", "ota.lan:8070"}};
  const std::vector<HeaderField> two = {{"Host", "a"}, {"Host", "a"}};
  EXPECT_TRUE(has_valid_host(one, true));
  EXPECT_TRUE(has_valid_host({}, false));
  EXPECT_FALSE(has_valid_host({}, true));
  EXPECT_FALSE(has_valid_host(two, true));
  EXPECT_FALSE(has_valid_host(two, false));
}

TEST(RequestHead, AHostIsANameOrAnAddressWithAPort) {
  const auto valid = [](std::string_view value) {
    const std::vector<HeaderField> fields = {{"Host", value}};
    return has_valid_host(fields, true);
  };
  for (const char* value :
       {"", "x", "192.0.2.1", "ota.lan:", "[2001:db8::1]:80", "[fe80::1%25eth0]"}) {
    EXPECT_TRUE(valid(value)) << value;
  }
  for (const char* value :
       {"a b", "a/b", "a@b", "a:b", "a:80:80", "[::1", "[]", "[::1]x", "http://a"}) {
    EXPECT_FALSE(valid(value)) << value;
  }
}

TEST(RequestHead, OnlyChunkedAloneIsACertainTransferEncoding) {
  const auto certain = [](std::vector<HeaderField> fields, bool http11 = true) {
    return has_certain_length(fields, http11);
  };
  EXPECT_TRUE(certain({}));
  EXPECT_TRUE(certain({{"Content-Length", "5"}}));
  EXPECT_TRUE(certain({{"transfer-encoding", " Chunked"}}));
  for (const char* value : {"",
                            "identity",
                            "gzip",
                            "gzip, chunked",
                            "chunked, gzip",
                            "chunked, chunked",
                            "chunked;a=b",
                            "xchunked",
                            "chunked,",
                            "\x0B"
                            "chunked"}) {
    EXPECT_FALSE(certain({{"Transfer-Encoding", value}})) << value;
  }
  EXPECT_FALSE(certain({{"Transfer-Encoding", "chunked"}}, false));
  EXPECT_FALSE(certain({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}));
  EXPECT_FALSE(certain({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "identity"}}));
  EXPECT_FALSE(certain({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}));
}

}  // namespace
}  // namespace otatool::http
