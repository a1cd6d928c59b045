// Status page and metrics with a socket and users of their own.
#include <string>

#include "otatool/number.hpp"

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

class ServeStatus : public ServeTest {
 protected:
  ServeStatus() {
    folder_.write("site/sketch.bin", esp8266_image());
    folder_.write("devices.txt", "device:one\n");
    folder_.write("people.txt", "eve:two\n");
  }
  [[nodiscard]] std::string site() const { return folder_ / "site"; }
  [[nodiscard]] std::string file(const char* name) const { return folder_ / name; }
  static unsigned status(std::uint16_t port, const std::string& path, const std::string& login) {
    const std::string url =
        "http://" + (login.empty() ? "" : login + "@") + "127.0.0.1:" + std::to_string(port) + path;
    const std::string code =
        curl({"--output", "/dev/null", "--write-out", "%{http_code}", url}).output;
    return parse_number<unsigned>(code).value_or(0);
  }
};

TEST_F(ServeStatus, ASecondSocketHasTheReportsAndNothingElse) {
  ServeProcess server({site(), "--status-listen", "127.0.0.1:0"});
  const std::string url = server.listening().value("status_url", "");
  ASSERT_THAT(url, ::testing::MatchesRegex("http://127\\.0\\.0\\.1:[0-9]+/status"));
  const auto port = parse_number<std::uint16_t>(url.substr(17, url.rfind('/') - 17));
  ASSERT_TRUE(port) << url;
  for (const char* path : {"/status", "/status.json", "/metrics"}) {
    EXPECT_EQ(status(server.port(), path, ""), 404U) << path;
    EXPECT_EQ(status(*port, path, ""), 200U) << path;
  }
  EXPECT_EQ(status(server.port(), "/sketch.bin", ""), 200U);
  EXPECT_EQ(status(*port, "/sketch.bin", ""), 404U);
  EXPECT_EQ(status(server.port(), "/healthz", ""), 200U);
  EXPECT_EQ(status(*port, "/healthz", ""), 200U);
  EXPECT_EQ(status(*port, "/", ""), 302U);
  EXPECT_EQ(server.stop().exit_code, 0);
}

TEST_F(ServeStatus, PeopleAndDevicesHaveDifferentPasswords) {
  ServeProcess server(
      {site(), "--auth-file", file("devices.txt"), "--status-auth", file("people.txt")});
  EXPECT_EQ(status(server.port(), "/sketch.bin", "device:one"), 200U);
  EXPECT_EQ(status(server.port(), "/status", "device:one"), 401U);
  EXPECT_EQ(status(server.port(), "/status", "eve:two"), 200U);
  EXPECT_EQ(status(server.port(), "/sketch.bin", "eve:two"), 401U);
  // A password that is wrong for one is still right for the other.
  EXPECT_EQ(status(server.port(), "/sketch.bin", "device:one"), 200U);
  EXPECT_EQ(status(server.port(), "/metrics", "eve:two"), 200U);
}

TEST_F(ServeStatus, TheReportsAloneMayNeedAPassword) {
  ServeProcess server({site(), "--status-auth", file("people.txt")});
  EXPECT_EQ(status(server.port(), "/sketch.bin", ""), 200U);
  EXPECT_EQ(status(server.port(), "/metrics", ""), 401U);
  EXPECT_EQ(status(server.port(), "/healthz", ""), 200U);
}

TEST_F(ServeStatus, AFileOfUsersIsNeverServed) {
  const std::string users = folder_.write("site/people.txt", "eve:two\n");
  ServeProcess server({site(), "--status-auth", users});
  EXPECT_EQ(status(server.port(), "/people.txt", ""), 404U);
}

}  // namespace
}  // namespace otatool::test
