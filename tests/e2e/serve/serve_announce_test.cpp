// `otatool serve --announce`: `otatool discover` and a real avahi-daemon find the server, until it
// sends its goodbye. Each case has its own network namespace.
#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/avahi.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class ServeAnnounce : public ServeTest {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
    image_ = folder_.write("firmware.bin", esp8266_image());
  }

  /// The web servers that `otatool discover` finds. With a name the search ends as soon as that
  /// server answers.
  static std::vector<json> found(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"discover", "--json", "--type", "_http._tcp", "--backend", "native"});
    const auto document = json::parse(otatool(std::move(arguments)).output, nullptr, false);
    return document.is_discarded() ? std::vector<json>{}
                                   : document.at("devices").get<std::vector<json>>();
  }

  std::string image_;
};

TEST_F(ServeAnnounce, AnnouncesHostPortAndPathOfTheStatusPage) {
  ServeProcess server({image_, "--announce", "--name", "Updates here"});
  const json announced = server.next("announced");
  EXPECT_EQ(announced.at("name"), "Updates here");
  EXPECT_EQ(announced.at("host"), "Updates-here.local");
  EXPECT_EQ(announced.at("interfaces"), json({"lo"}));
  const auto servers = found({"--count", "1", "--timeout", "90"});
  ASSERT_THAT(servers, SizeIs(1));
  EXPECT_EQ(servers[0].at("name"), "Updates here");
  EXPECT_EQ(servers[0].at("type"), "_http._tcp");
  EXPECT_EQ(servers[0].at("host"), "Updates-here.local");
  EXPECT_EQ(servers[0].at("port"), server.port());
  EXPECT_EQ(servers[0].at("addresses").at(0).at("ip"), "127.0.0.1");
  EXPECT_EQ(servers[0].at("txt"), json({{"path", "/status"}, {"tls", "no"}}));
  const Outcome page = curl({"http://127.0.0.1:" + std::to_string(server.port()) +
                             servers[0].at("txt").at("path").get<std::string>()});
  EXPECT_THAT(page.output, HasSubstr("<html"));
}

TEST_F(ServeAnnounce, WatchersSeeItsStartAndItsEnd) {
  Process watcher(
      {.program = OTATOOL_BINARY,
       .arguments = {
           "discover", "--json", "--watch", "--type", "_http._tcp", "--backend", "native"}});
  ServeProcess server({image_, "--announce", "--name", "updates"});
  EXPECT_TRUE(watcher.wait_for_output("\"updates\""));
  EXPECT_EQ(server.stop().exit_code, 0);
  while (const auto line = watcher.read_line()) {
    if (json::parse(*line).at("event") == "lost") {
      return;
    }
  }
  FAIL() << "no goodbye";
}

TEST_F(ServeAnnounce, AnnouncesTlsAndHasACertificateForItsAnnouncedHost) {
  const std::string roots = (folder_ / "ca.pem").string();
  ServeProcess server(
      {image_, "--announce", "--name", "updates", "--self-signed", "--ca-out", roots});
  server.next("announced");
  const auto servers = found({"updates", "--timeout", "90"});
  ASSERT_THAT(servers, SizeIs(1));
  EXPECT_EQ(servers[0].at("txt").at("tls"), "yes");
  const std::string host = servers[0].at("host");
  const Outcome answer =
      curl({"--cacert",
            roots,
            "--resolve",
            host + ":" + std::to_string(server.port()) + ":127.0.0.1",
            "https://" + host + ":" + std::to_string(server.port()) + "/healthz"});
  EXPECT_EQ(answer.output, "ok\n") << answer.error;
}

TEST_F(ServeAnnounce, IsNamedAfterTheComputerAndSilentWithoutTheOption) {
  ServeProcess quiet({image_});
  EXPECT_THAT(found({"--timeout", "0.5"}), SizeIs(0));
  EXPECT_THAT(quiet.stop().output, Not(HasSubstr("announced")));
  ServeProcess server({image_, "--announce"});
  EXPECT_THAT(server.next("announced").at("name").get<std::string>(),
              ::testing::StartsWith("otatool-"));
}

TEST_F(ServeAnnounce, ServesEvenIfItCannotAnnounce) {
  ServeProcess server({image_, "--announce", "--iface", "nosuch0"});
  const json announced = server.next("announced");
  EXPECT_TRUE(announced.at("name").is_null());
  EXPECT_THAT(announced.at("error").at("message").get<std::string>(), HasSubstr("nosuch0"));
  EXPECT_EQ(curl({server.url() + "/healthz"}).output, "ok\n");
}

TEST_F(ServeAnnounce, RefusesNamesThatDoNotFitAndNameWithoutAnnounce) {
  const Outcome unfit = otatool({"serve", image_, "--announce", "--name", std::string(64, 'x')});
  EXPECT_EQ(unfit.exit_code, 2);
  EXPECT_THAT(unfit.error, HasSubstr("is not a service name"));
  EXPECT_EQ(otatool({"serve", image_, "--name", "updates"}).exit_code, 2);
}

TEST(ServeBesideAvahi, AvahiBrowseListsItUntilItsGoodbye) {
  if (const auto reason = enter_own_system()) {
    GTEST_SKIP() << *reason;
  }
  const AvahiDaemon avahi;
  const TemporaryFolder folder;
  const std::string image =
      folder.write("firmware.bin", text_of(support::arduino_image({.code_size = 3001})));
  ServeProcess server({image, "--announce", "--name", "updates"});
  Process browser(avahi.call("avahi-browse", {"-rpk", "_http._tcp"}));
  EXPECT_TRUE(
      browser.wait_for_output("=;lo;IPv4;updates;_http._tcp;local;updates.local;127.0.0.1;" +
                              std::to_string(server.port()) + ";"));
  EXPECT_TRUE(browser.wait_for_output("\"path=/status\""));
  EXPECT_EQ(server.stop().exit_code, 0);
  EXPECT_TRUE(browser.wait_for_output("-;lo;IPv4;updates;_http._tcp;local"));
}

}  // namespace
}  // namespace otatool::test
