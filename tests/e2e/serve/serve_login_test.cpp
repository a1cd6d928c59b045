// Passwords: guesses do not keep other clients waiting, and their address has to wait.
#include <deque>
#include <string>
#include <vector>

#include "otatool/base64.hpp"

#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/stopped_process.hpp"

namespace otatool::test {
namespace {

/// "secret" with bcrypt and cost 12: a quarter of a second on a PC.
constexpr const char* kSlowUser =
    "ann:$2b$12$abcdefghijklmnopqrstuuT1Iwu6o8Wx7BoOyIMHfgVJq6JO/IJhW\n";

std::string get(const std::string& login) {
  return "GET /sketch.bin HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " +
         to_base64(as_bytes(login)) + "\r\n\r\n";
}

class ServeLogin : public ServeTest {
 protected:
  ServeLogin() {
    folder_.write("sketch.bin", esp8266_image());
    folder_.write("users.txt", std::string(kSlowUser) + "bob:plain\n");
  }
  [[nodiscard]] std::vector<std::string> arguments() const {
    return {folder_ / "sketch.bin",
            "--auth-file",
            folder_ / "users.txt",
            "--access-log",
            folder_ / "access.log"};
  }
  static std::vector<HttpReply> replies(HttpClient& client, std::size_t count) {
    std::vector<HttpReply> replies;
    for (std::size_t i = 0; i < count; ++i) {
      auto reply = client.read_reply();
      if (!reply) {
        ADD_FAILURE() << "no reply " << i;
        break;
      }
      replies.push_back(std::move(*reply));
    }
    return replies;
  }
};

TEST_F(ServeLogin, AHangupReadsTheUsersAgain) {
  const std::string admins = folder_.write("admins.txt", "cat:plain\n");
  auto options = arguments();
  options.insert(options.end(), {"--admin-file", admins});
  ServeProcess server(options);
  const auto status = [&server](const std::string& path, const std::string& login) {
    const auto reply = fetch(server.port(),
                             "GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " +
                                 to_base64(as_bytes(login)) + "\r\nConnection: close\r\n\r\n");
    return reply ? reply->status : 0;
  };
  EXPECT_EQ(status("/sketch.bin", "bob:plain"), 200U);
  EXPECT_EQ(status("/sketch.bin", "dan:new"), 401U);
  EXPECT_EQ(status("/admin", "cat:plain"), 200U);
  EXPECT_EQ(status("/admin", "eve:new"), 401U);
  folder_.write("users.txt", "dan:new\n");
  folder_.write("admins.txt", "eve:new\n");
  server.process().send_signal(SIGHUP);
  ASSERT_TRUE(server.process().wait_for_error("reloaded the users"));
  EXPECT_EQ(status("/sketch.bin", "bob:plain"), 401U);
  EXPECT_EQ(status("/sketch.bin", "dan:new"), 200U);
  EXPECT_EQ(status("/admin", "cat:plain"), 401U);
  EXPECT_EQ(status("/admin", "eve:new"), 200U);
  EXPECT_EQ(status("/status", "eve:new"), 200U);
  folder_.write("users.txt", "nobody\n");
  server.process().send_signal(SIGHUP);
  ASSERT_TRUE(server.process().wait_for_error("users rejected, still using the previous ones"));
  EXPECT_EQ(status("/sketch.bin", "dan:new"), 200U);
  EXPECT_EQ(server.stop().exit_code, 0);
}

TEST_F(ServeLogin, GuessesDoNotKeepOthersWaiting) {
  constexpr std::size_t kClients = 20;
  constexpr std::size_t kGuesses = 60;
  ServeProcess server(arguments());
  std::deque<HttpClient> guessers;
  HttpClient other(server.port(), "127.0.0.2");
  for (std::size_t i = 0; i < kClients; ++i) {
    guessers.emplace_back(server.port());
  }
  {
    // The server finds all guesses at once, and the other client's request behind them.
    const Stopped stopped(server.process());
    for (std::size_t i = 0; i < kClients; ++i) {
      std::string guesses;
      for (std::size_t k = 0; k < kGuesses; ++k) {
        guesses += get("ann:guess " + std::to_string(i) + "," + std::to_string(k));
      }
      guessers[i].send(guesses);
    }
    other.send(get("bob:plain"));
  }
  const auto reply = other.read_reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200U);
  std::size_t hashed_before = 0;
  std::size_t hashed = 0;
  bool served = false;
  for (std::size_t i = 0; i <= kClients * kGuesses; ++i) {
    const auto event = server.next_request();
    served = served || event["client"] == "127.0.0.2";
    hashed += event["status"] == 401 ? 1 : 0;
    hashed_before = served ? hashed_before : hashed;
  }
  EXPECT_LE(hashed_before, 4U) << "the other client waited for passwords of this one";
  // The others are refused without a hash: the queue is full or the address has to wait.
  EXPECT_GE(hashed, 1U);
  EXPECT_LE(hashed, 12U);
  for (HttpClient& guesser : guessers) {
    for (const HttpReply& each : replies(guesser, kGuesses)) {
      EXPECT_THAT(each.status, ::testing::AnyOf(401U, 429U, 503U));
      EXPECT_EQ(each.field("retry-after").empty(), each.status == 401);
    }
  }
}

TEST_F(ServeLogin, ARememberedPasswordStaysValidAndGuessesStayCostly) {
  ServeProcess server(arguments());
  HttpClient ann(server.port());
  for (int i = 0; i < 3; ++i) {
    ann.send(get("ann:secret"));
    EXPECT_EQ(replies(ann, 1).at(0).status, 200U);
  }
  ann.send(get("ann:wrong"));
  EXPECT_EQ(replies(ann, 1).at(0).status, 401U);
  ann.send(get("ann:secret"));
  EXPECT_EQ(replies(ann, 1).at(0).status, 200U);
}

TEST_F(ServeLogin, ManyWrongPasswordsDelayTheirAddressAlone) {
  constexpr std::size_t kGuesses = 40;
  ServeProcess server(arguments());
  HttpClient guesser(server.port(), "127.0.0.3");
  std::string guesses;
  for (std::size_t i = 0; i < kGuesses; ++i) {
    guesses += get("bob:guess " + std::to_string(i));
  }
  guesser.send(guesses);
  std::size_t delayed = 0;
  for (const HttpReply& each : replies(guesser, kGuesses)) {
    EXPECT_THAT(each.status, ::testing::AnyOf(401U, 429U));
    EXPECT_EQ(each.field("retry-after").empty(), each.status == 401U);
    delayed += each.status == 429U ? 1 : 0;
  }
  EXPECT_GT(delayed, kGuesses / 2);
  HttpClient other(server.port(), "127.0.0.4");
  other.send(get("bob:plain"));
  EXPECT_EQ(replies(other, 1).at(0).status, 200U);
}

TEST_F(ServeLogin, ADeviceWithAnOldPasswordDoesNotDelayItsNeighbours) {
  constexpr std::size_t kPolls = 40;
  ServeProcess server(arguments());
  HttpClient device(server.port());
  for (std::size_t i = 0; i < kPolls; ++i) {
    device.send(get("bob:old password"));
    EXPECT_EQ(replies(device, 1).at(0).status, 401U);
  }
  device.send(get("bob:plain"));
  EXPECT_EQ(replies(device, 1).at(0).status, 200U);
}

TEST_F(ServeLogin, TheServerStopsWhilePasswordsWait) {
  ServeProcess server(arguments());
  std::deque<HttpClient> guessers;
  for (int i = 0; i < 6; ++i) {
    guessers.emplace_back(server.port());
    guessers.back().send(get("ann:guess " + std::to_string(i)));
  }
  EXPECT_EQ(server.stop().exit_code, 0);
}

}  // namespace
}  // namespace otatool::test
