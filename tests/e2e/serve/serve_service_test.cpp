// The server under a service manager: what it sends to the socket in NOTIFY_SOCKET, and its unit
// file.
#include <array>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A datagram socket as systemd's: at a path, or at an abstract name.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@') {
      address.sun_path[0] = '\0';
    }
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    const timeval patience{.tv_sec = 100, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() { close(socket_); }

  /// The next message; empty if none comes.
  [[nodiscard]] std::string next() const {
    std::array<char, 4096> buffer{};
    const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
    return got < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

 private:
  int socket_;
};

class ServeService : public ServeTest {
 protected:
  void SetUp() override {
    folder_.write("site/a.bin", esp8266_image());
    folder_.write("site/otatool.toml", "[[serve.rule]]\nimage = \"a.bin\"\nversion = \"1\"\n");
  }
  void expect_life_cycle(const std::string& name) const {
    const NotifySocket manager(name);
    ServeProcess server(
        {folder_ / "site"}, std::chrono::seconds(120), "export NOTIFY_SOCKET='" + name + "'");
    const std::string ready = manager.next();
    EXPECT_THAT(ready, StartsWith("READY=1\n"));
    EXPECT_THAT(ready, HasSubstr("STATUS=serving 1 rule at port " + std::to_string(server.port())));
    EXPECT_EQ(curl({server.url() + "/healthz"}).output, "ok\n") << "ready means that it answers";
    folder_.write("site/otatool.toml", "[[serve.rule]]\nimage = \"missing\nSTOPPING=1.bin\"\n");
    EXPECT_THAT(manager.next(), AllOf(StartsWith("STATUS=change rejected"), Not(HasSubstr("\n"))));
    server.process().send_signal(SIGTERM);
    EXPECT_THAT(manager.next(), StartsWith("STOPPING=1"));
    server.process().wait();
  }
};

TEST_F(ServeService, TellsItsManagerAtAPath) {
  expect_life_cycle(folder_ / "notify");
}

TEST_F(ServeService, TellsItsManagerAtAnAbstractName) {
  expect_life_cycle("@otatool-test" + (folder_ / "notify").string());
}

TEST_F(ServeService, WorksWithoutItsManager) {
  const std::vector<std::string> names = {
      "relative", "@", "/", "/nobody/listens", std::string(200, '/')};
  for (const std::string& name : names) {
    ServeProcess server(
        {folder_ / "site"}, std::chrono::seconds(120), "export NOTIFY_SOCKET='" + name + "'");
    EXPECT_EQ(curl({server.url() + "/healthz"}).output, "ok\n") << name;
  }
}

/// systemd reads the unit file without a problem and rates its exposure.
TEST_F(ServeService, TheUnitFileIsValidAndRestrictsTheServer) {
  const Outcome outcome = run({.program = "/usr/bin/env",
                               .arguments = {"systemd-analyze",
                                             "security",
                                             "--offline=true",
                                             "--threshold=20",
                                             "--no-pager",
                                             UNIT_FILE}});
  if (outcome.exit_code == 127) {
    GTEST_SKIP() << "systemd-analyze is not installed";
  }
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
  const std::string level = "Overall exposure level for otatool-serve.service: ";
  const std::size_t at = outcome.output.find(level);
  ASSERT_NE(at, std::string::npos) << outcome.output;
  std::ifstream page(MAN_PAGE);
  const std::string text((std::istreambuf_iterator<char>(page)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("gives the score " + outcome.output.substr(at + level.size(), 3)));
}

}  // namespace
}  // namespace otatool::test
