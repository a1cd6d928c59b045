// The rights that a running server gives up, and what must work without them.
#include <filesystem>
#include <fstream>
#include <linux/landlock.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ServeSandbox : public ServeTest {
 protected:
  /// The value of a line of /proc/PID/status.
  static std::string fact(const Process& process, const std::string& name) {
    std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(name + ":\t")) {
        return line.substr(name.size() + 2);
      }
    }
    return "";
  }
  static bool kernel_has_landlock() {
    return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
  }
  static std::string body(const ServeProcess& server, const std::string& path) {
    const auto reply = fetch(server.port(), "GET " + path + " HTTP/1.0\r\n\r\n");
    return reply && reply->status == 200 ? reply->body : "";
  }
};

TEST_F(ServeSandbox, IsEnteredAndTold) {
  folder_.write("site/a.bin", esp8266_image());
  folder_.write("log/access.log", "");
  ServeProcess server({folder_ / "site", "-v", "--access-log", folder_ / "log/access.log"});
  EXPECT_EQ(fact(server.process(), "NoNewPrivs"), "1");
  const std::string told = server.stop().error;
  EXPECT_THAT(told, HasSubstr("sandbox: no new privileges"));
  if (kernel_has_landlock()) {
    EXPECT_THAT(told, HasSubstr("sandbox: Landlock version"));
    EXPECT_THAT(told, HasSubstr("reads '" + folder_.path().string() + "'"));
    EXPECT_THAT(told, HasSubstr("writes '" + (folder_ / "log").string() + "'"));
  } else {
    EXPECT_THAT(told, HasSubstr("the kernel has no Landlock"));
  }
}

TEST_F(ServeSandbox, CanBeSwitchedOff) {
  ServeProcess server({folder_.write("a.bin", esp8266_image()), "-v", "--no-sandbox"});
  EXPECT_EQ(fact(server.process(), "NoNewPrivs"), "0");
  EXPECT_THAT(server.stop().error, HasSubstr("sandbox: off"));
}

TEST_F(ServeSandbox, AReplacedFolderAndASwitchedLinkAreFollowed) {
  const std::string first = esp8266_image("first");
  const std::string second = esp8266_image("second");
  const std::string third = esp8266_image("third");
  folder_.write("releases/1/a.bin", first);
  folder_.write("releases/2/a.bin", second);
  std::filesystem::create_directory_symlink("releases/1", folder_ / "current");
  ServeProcess server({folder_ / "current"});
  EXPECT_EQ(body(server, "/a.bin"), first);
  std::filesystem::create_directory_symlink("releases/2", folder_ / "next");
  std::filesystem::rename(folder_ / "next", folder_ / "current");
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(body(server, "/a.bin"), second);
  // The folder behind the link is replaced by a new one of the same name.
  folder_.write("releases/3/a.bin", third);
  std::filesystem::rename(folder_ / "releases/2", folder_ / "releases/old");
  std::filesystem::rename(folder_ / "releases/3", folder_ / "releases/2");
  server.process().send_signal(SIGHUP);
  while (server.next("reload")["ok"] != true) {
  }
  EXPECT_EQ(body(server, "/a.bin"), third);
}

TEST_F(ServeSandbox, TheLogIsReopened) {
  const std::string image = folder_.write("a.bin", esp8266_image());
  folder_.write("log/access.log", "");
  ServeProcess server({image, "--access-log", folder_ / "log/access.log"});
  EXPECT_NE(body(server, "/healthz"), "");
  server.next_request();
  std::filesystem::rename(folder_ / "log/access.log", folder_ / "log/access.log.1");
  server.process().send_signal(SIGHUP);
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_NE(body(server, "/a.bin"), "");
  server.next_request();
  EXPECT_THAT(folder_.read("log/access.log.1"), HasSubstr("/healthz"));
  EXPECT_THAT(folder_.read("log/access.log"), HasSubstr("/a.bin"));
}

TEST_F(ServeSandbox, RootIsWarned) {
  ServeProcess server({folder_.write("a.bin", esp8266_image())});
  const std::string told = server.stop().error;
  if (geteuid() == 0) {
    EXPECT_THAT(told, HasSubstr("warning: the server runs as root"));
  } else {
    EXPECT_THAT(told, Not(HasSubstr("runs as root")));
  }
}

}  // namespace
}  // namespace otatool::test
