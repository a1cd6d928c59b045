// What a push shows on a terminal while it waits.
#include <csignal>
#include <string>

#include <gtest/gtest.h>

#include "tests/e2e/push/push_fixture.hpp"
#include "tests/support/hostile_peer.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

class PushWait : public PushCommand {
 protected:
  void expect_shown(const std::string& url, const std::string& text) const {
    ProgramCall call = push_call({url, "--timeout", "600", "--stall-timeout", "600"});
    call.streams = Streams::Terminal;
    call.environment["TERM"] = "xterm";
    Process process(call);
    EXPECT_TRUE(process.wait_for_output(text)) << process.wait().output;
    process.send_signal(SIGINT);
    EXPECT_EQ(process.wait().exit_code, 130);
  }
  static void read_to_the_end(const HostileConnection& client) {
    while (!client.receive().empty()) {
    }
  }
};

TEST_F(PushWait, ShowsTheTimeLeftForThePage) {
  const HostileServer server(read_to_the_end);
  expect_shown("http://127.0.0.1:" + server.port(), "no reply yet, ");
}

TEST_F(PushWait, ShowsTheTimeLeftForTheVerdict) {
  const HostileServer server([](const HostileConnection& client) {
    if (client.receive_header().starts_with("GET")) {
      client.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    read_to_the_end(client);
  });
  expect_shown("http://127.0.0.1:" + server.port(), "waiting for the verdict, ");
}

TEST_F(PushWait, ShowsTheTimeLeftForTheConnection) {
  if (const auto reason = enter_own_network()) {
    GTEST_SKIP() << *reason;
  }
  const Outcome rules = run_there(
      "nft add table inet f\n"
      "nft 'add chain inet f in { type filter hook input priority 0; }'\n"
      "nft add rule inet f in tcp dport 80 drop\n");
  if (is_not_permitted(rules)) {
    GTEST_SKIP() << rules.error;
  }
  ASSERT_EQ(rules.exit_code, 0) << rules.error;
  expect_shown("http://127.0.0.1", "no connection yet, ");
}

}  // namespace
}  // namespace otatool::test
