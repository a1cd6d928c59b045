// What a store keeps when its server is killed (fleet.md 2).
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "tests/e2e/serve/store_fixture.hpp"

namespace otatool::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFirstMac = 0x5CCF7F000000;
/// A busy computer may write later than it should, by so many times its slowest answer.
constexpr int kPatienceFactor = 5;
/// Requests that are sent at once.
constexpr unsigned kBurst = 100;

/// How often a server is killed.
int kills() {
  const char* const text = std::getenv("OTATOOL_KILLS");
  return text != nullptr ? std::atoi(text) : 200;
}

/// An answer that a device has read.
struct Answer {
  unsigned number = 0;
  Clock::time_point time;
  std::string stored = "2.0.0 1";  ///< the version offered, and the number of downloads
};

/// A store and its server, which is killed again and again.
struct Victim {
  std::string file;
  std::unique_ptr<ServeProcess> server;
  bool starting = true;
  Clock::time_point begun;
  Clock::duration life{};  ///< until it is killed; more on a busy computer
  Clock::time_point killed;
  Clock::duration slowest{};  ///< answer of this life: how busy this computer is
  std::vector<Answer> answers;
};

class ServeKilled : public StoreTest {
 protected:
  /// Starts the next server of the same store.
  void begin(Victim& victim) const {
    victim.server = std::make_unique<ServeProcess>(with_store("sqlite:" + victim.file),
                                                   std::chrono::seconds(120),
                                                   ":",
                                                   ServeProcess::Start::Begun);
    victim.starting = true;
  }

  /// Takes the next step of a server's life; true if that was its end.
  bool go_on(Victim& victim) {
    if (victim.starting) {
      victim.server->await_start();
      check(victim);
      victim.starting = false;
      victim.slowest = {};
      victim.begun = Clock::now();
      victim.life = std::chrono::milliseconds(std::uniform_int_distribution<>(50, 2500)(random_));
      ask_many(victim);
      return false;
    }
    if (Clock::now() < victim.begun + victim.life + kPatienceFactor * victim.slowest) {
      ask_once(victim);
      return false;
    }
    victim.killed = Clock::now();
    victim.server->process().send_signal(SIGKILL);
    victim.server->process().wait();
    return true;
  }

  /// A new device downloads.
  void ask_once(Victim& victim) {
    const auto before = Clock::now();
    ASSERT_EQ(ask(victim.server->port(), ++number_, "1.0.0"), 200U);
    victim.answers.push_back({number_, Clock::now()});
    // A server whose output nobody reads stops.
    victim.server->next_request();
    victim.slowest = std::max(victim.slowest, Clock::now() - before);
  }

  /// New devices that need nothing ask at once.
  void ask_many(Victim& victim) {
    std::string requests;
    for (unsigned i = 1; i <= kBurst; ++i) {
      std::string request =
          esp8266_request("/update", {.mac = mac_of(number_ + i), .version = "2.0.0"});
      request.replace(request.find("HTTP/1.0"), 8, "HTTP/1.1");
      requests += request.erase(request.find("Connection: close\r\n"), 19);
    }
    HttpClient client(victim.server->port());
    client.send(requests);
    for (unsigned i = 0; i < kBurst; ++i) {
      const auto reply = client.read_reply();
      ASSERT_TRUE(reply);
      ASSERT_EQ(reply->status, 304U);
      victim.answers.push_back({++number_, Clock::now(), "2.0.0 0"});
      static_cast<void>(victim.server->process().read_line());
    }
  }

  /// The next server runs: what did the killed one leave?
  void check(Victim& victim) {
    std::istringstream lines(
        query(victim.file,
              "PRAGMA integrity_check; SELECT d.mac || ' ' || d.offered || ' ' || (SELECT count(*) "
              "FROM otatool_history h WHERE h.mac = d.mac AND h.kind = 'downloaded') "
              "FROM otatool_devices d")
            .output);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "ok");
    std::map<std::uint64_t, std::string> stored;
    while (std::getline(lines, line)) {
      const auto space = line.find(' ');
      stored[std::stoull(line.substr(0, space))] = line.substr(space + 1);
    }
    const auto allowed = std::chrono::seconds(1) + kPatienceFactor * victim.slowest;
    std::vector<Answer> kept;
    for (const Answer& answer : victim.answers) {
      const auto device = stored.find(kFirstMac + answer.number);
      const bool present = device != stored.end() && device->second == answer.stored;
      const bool due = victim.killed - answer.time > allowed;
      EXPECT_TRUE(present || !due)
          << "answered " << std::chrono::duration<double>(victim.killed - answer.time).count()
          << " s before the kill, slowest answer "
          << std::chrono::duration<double>(victim.slowest).count() << " s";
      asked_ += answer.time > victim.begun ? 1 : 0;
      checked_ += due && answer.time > victim.begun ? 1 : 0;
      if (present) {
        kept.push_back(answer);
      }
    }
    // Whatever was kept once stays.
    victim.answers = kept;
  }

  std::mt19937 random_{4711};
  unsigned number_ = 0;
  std::size_t asked_ = 0;
  std::size_t checked_ = 0;  ///< answers of a life that were old enough at its end
};

TEST_F(ServeKilled, AtRandomMomentsLosesNothingOlderThanASecond) {
  // Several servers at a time, because each waits most of its life.
  std::array<Victim, 6> victims;
  std::filesystem::create_directories(folder_ / "store");
  for (Victim& victim : victims) {
    victim.file = folder_ / ("store/" + std::to_string(&victim - victims.data()) + ".sqlite3");
    begin(victim);
  }
  for (int left = kills(); left > 0 && !HasFailure();) {
    for (Victim& victim : victims) {
      if (left > 0 && go_on(victim)) {
        --left;
        begin(victim);
      }
    }
  }
  RecordProperty("answers", static_cast<int>(asked_));
  RecordProperty("answers_of_more_than_a_second", static_cast<int>(checked_));
  EXPECT_GT(checked_, asked_ / 5);
  for (Victim& victim : victims) {
    if (victim.starting) {
      go_on(victim);
    }
    EXPECT_EQ(victim.server->stop().exit_code, 0);
    // A server that ends by itself keeps everything.
    victim.slowest = {};
    victim.killed = Clock::now() + std::chrono::hours(1);
    check(victim);
  }
}

TEST_F(ServeKilled, AfterABurstLosesNothingOlderThanASecond) {
  constexpr unsigned kBursts = 200;
  constexpr std::chrono::seconds kLongest{4};
  std::filesystem::create_directories(folder_ / "store");
  Victim victim;
  victim.file = folder_ / "store/0.sqlite3";
  begin(victim);
  victim.server->await_start();
  victim.begun = Clock::now();
  for (unsigned i = 0; i < kBursts && Clock::now() - victim.begun < kLongest && !HasFailure();
       ++i) {
    ask_many(victim);
  }
  ask_once(victim);
  std::this_thread::sleep_until(victim.answers.back().time + std::chrono::seconds(1));
  victim.killed = Clock::now();
  victim.server->process().send_signal(SIGKILL);
  victim.server->process().wait();
  RecordProperty("burst_ms",
                 static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                      victim.answers.back().time - victim.begun)
                                      .count()));
  check(victim);
  EXPECT_GT(checked_, asked_ / 2);
}

}  // namespace
}  // namespace otatool::test
