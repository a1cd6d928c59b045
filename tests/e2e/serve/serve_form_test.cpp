// Forms of administrators as bytes: their body in pieces, too long, or without a certain end.
#include <fmt/format.h>
#include <string>

#include "otatool/base64.hpp"

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class ServeForm : public ServeTest {
 protected:
  ServeForm() {
    folder_.write("site/sketch.bin", esp8266_image());
    folder_.write("site/otatool.toml",
                  "[[serve.rule]]\nchip = \"esp8266\"\nimage = \"sketch.bin\"\nversion = \"2\"\n"
                  "stages = [10, 100]\n");
    folder_.write("site/admins.txt", "ann:secret\n");
    server_.emplace(std::vector<std::string>{
        folder_ / "site", "--store", "none", "--admin-file", folder_ / "site/admins.txt"});
  }
  static std::string login() {
    return "Host: a\r\nAuthorization: Basic " + to_base64(as_bytes("ann:secret")) + "\r\n";
  }
  [[nodiscard]] std::string admin_page() const {
    const auto reply = fetch(server_->port(), "GET /admin HTTP/1.1\r\n" + login() + "\r\n");
    return reply ? reply->body : "";
  }
  /// A form of the page that pauses the rollout.
  [[nodiscard]] std::string form() const {
    constexpr std::string_view kMark = "name=\"token\" value=\"";
    const std::string page = admin_page();
    const std::size_t at = page.find(kMark);
    return at == std::string::npos ? ""
                                   : "rule=sketch.bin&version=2&action=pause&token=" +
                                         page.substr(at + kMark.size(), 64);
  }
  static std::string head(std::size_t length) {
    return fmt::format(
        "POST /admin/rollout HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n", login(), length);
  }

  std::optional<ServeProcess> server_;
};

TEST_F(ServeForm, ArrivesInPieces) {
  const std::string request = head(form().size()) + form();
  HttpClient client(server_->port());
  for (const char byte : request) {
    client.send(std::string_view(&byte, 1));
  }
  const auto reply = client.read_reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 303U);
  EXPECT_EQ(reply->field("location"), "../admin");
  EXPECT_THAT(admin_page(), HasSubstr(">paused</span>, stage 10 %: by ann"));
}

TEST_F(ServeForm, ArrivesWithItsHead) {
  const auto reply = fetch(server_->port(), head(form().size()) + form());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 303U);
}

TEST_F(ServeForm, HasALimit) {
  for (const std::size_t length : {4097U, 1'000'000'000U}) {
    const auto reply = fetch(server_->port(), head(length) + form());
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 413U);
  }
  const std::string chunked =
      "POST /admin/rollout HTTP/1.1\r\n" + login() + "Transfer-Encoding: chunked\r\n\r\n";
  const auto reply = fetch(server_->port(), chunked + "0\r\n\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413U);
  EXPECT_THAT(admin_page(), HasSubstr(">running</span>"));
}

TEST_F(ServeForm, ThatEndsEarlyChangesNothing) {
  {
    const std::string whole = form();
    HttpClient client(server_->port());
    client.send(head(whole.size() + 1) + whole);
    client.reset();
  }
  EXPECT_THAT(admin_page(), HasSubstr(">running</span>"));
  const auto empty = fetch(server_->port(), "POST /admin/rollout HTTP/1.1\r\n" + login() + "\r\n");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->status, 403U);
}

TEST_F(ServeForm, TheFileOfAdministratorsIsNeverServed) {
  const auto reply = fetch(server_->port(), "GET /admins.txt HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 404U);
}

}  // namespace
}  // namespace otatool::test
