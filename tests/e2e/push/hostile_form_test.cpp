// Web servers that never end a push by themselves.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/push_fixture.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/hostile_peer.hpp"

namespace otatool::test {
namespace {

class HostileForm : public PushCommand {
 protected:
  [[nodiscard]] Outcome push_to(const HostileServer& server,
                                std::vector<std::string> options,
                                std::string_view password = {}) const {
    options.insert(options.begin(), {"http://127.0.0.1:" + server.port(), "--retries", "0"});
    return run(push_call(options, password));
  }
};

const std::string kPage = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

TEST_F(HostileForm, EndsAlthoughAHeaderComesByteByByte) {
  const HostileServer server([](const HostileConnection& client) {
    if (!client.receive_header().empty()) {
      client.drip("HTTP/1.1 200 OK\r\nX-Long: x");
    }
  });
  expect_failure(push_to(server, {"--timeout", "0.5"}),
                 5,
                 "the device did not end its response within 1 s",
                 "");
}

TEST_F(HostileForm, EndsAlthoughTheAnswerToTheImageComesByteByByte) {
  const HostileServer server([](const HostileConnection& client) {
    if (!client.receive_header().starts_with("POST")) {
      client.send(kPage);
      return;
    }
    client.drip("HTTP/1.1 200 OK\r\nX-Long: x");
  });
  expect_failure(push_to(server, {"--stall-timeout", "0.5"}),
                 9,
                 "bytes were delivered, but the device did not end its response within 1 s",
                 "");
}

TEST_F(HostileForm, EndsAlthoughInterimResponsesComeWithoutEnd) {
  const HostileServer server([](const HostileConnection& client) {
    if (!client.receive_header().empty()) {
      while (client.send("HTTP/1.1 100 Continue\r\n\r\n")) {
      }
    }
  });
  expect_failure(push_to(server, {}), 6, "17 interim responses and no final one", "");
}

TEST_F(HostileForm, EndsAlthoughEachNonceIsStale) {
  const HostileServer server([count = 0](const HostileConnection& client) mutable {
    if (!client.receive_header().empty()) {
      client.send(
          "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n"
          "WWW-Authenticate: Digest realm=\"r\", qop=\"auth\", stale=true, nonce=\"n" +
          std::to_string(++count) + "\"\r\n\r\n");
    }
  });
  expect_failure(push_to(server, {}, "secret"), 6, "nonces stale", "");
  EXPECT_LE(server.connections(), 6U);
}

TEST_F(HostileForm, MaxTimeEndsAPush) {
  const HostileServer server([](const HostileConnection& client) {
    if (!client.receive_header().empty()) {
      client.drip("HTTP/1.1 200 OK\r\nX-Long: x");
    }
  });
  expect_failure(
      push_to(server, {"--max-time", "1.5"}), 5, "it did not end within 1.5 s", "--max-time");
}

TEST_F(HostileForm, SaysHowMuchOfTheImageAResetDeviceHasTaken) {
  constexpr int kWindow = 4096;
  const HostileServer server(
      [](const HostileConnection& client) {
        if (!client.receive_header().starts_with("POST")) {
          client.send(kPage);
        }  // closes with unread bytes of the image, which resets the connection
      },
      kWindow);
  const Outcome outcome = push_to(server, {});
  EXPECT_EQ(outcome.exit_code, 5) << outcome.error;
  EXPECT_THAT(
      outcome.error,
      ::testing::ContainsRegex("after [0-9]+ of " + std::to_string(image_.size()) + " bytes"));
}

}  // namespace
}  // namespace otatool::test
