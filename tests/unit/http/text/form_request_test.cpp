#include "otatool/http/form_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(FormRequest, HasOriginAndContentLength) {
  const auto url = parse_url("http://u:p@h:8080/update", "/update");
  const Form form =
      make_form({.raw = false, .parts = {}, .field = "firmware", .file_name = "fw.bin"}, "X");
  const std::string text = form_request(*url, "", form, 1000, url->target);
  EXPECT_THAT(text, StartsWith("POST /update HTTP/1.1\r\nHost: h:8080\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nOrigin: http://h:8080\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nContent-Type: multipart/form-data; boundary=X\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nContent-Length: " + std::to_string(form.size(1000)) + "\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Expect")));
  EXPECT_THAT(text, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(text, Not(HasSubstr("Authorization")));
  EXPECT_THAT(text, Not(HasSubstr("u:p")));
}

TEST(FormRequest, OriginEqualsSchemeAndHost) {
  for (const char* address : {"http://h", "https://h", "http://h:443", "http://[::1]:81"}) {
    const auto url = parse_url(address, "/update");
    const std::string text =
        form_request(*url,
                     "Basic eA==",
                     make_form({.raw = false, .parts = {}, .field = "f", .file_name = "n"}, "X"),
                     1,
                     "/");
    const std::string scheme = url->secure ? "https://" : "http://";
    EXPECT_THAT(text, HasSubstr("\r\nHost: " + url->authority() + "\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nOrigin: " + scheme + url->authority() + "\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nAuthorization: Basic eA==\r\n"));
  }
}

TEST(PageRequest, IsAPlainGet) {
  const std::string text = page_request(*parse_url("http://h/x?y", "/"), "");
  EXPECT_THAT(text, StartsWith("GET /x?y HTTP/1.1\r\nHost: h\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Content-")));
}

}  // namespace
}  // namespace otatool::http
