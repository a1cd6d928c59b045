// What a store keeps when its server is killed (fleet.md 2).
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>

#include "tests/e2e/serve/store_fixture.hpp"

namespace otatool::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFirstMac = 0x5CCF7F000000;

/// How often a server is killed.
int kills() {
  const char* const text = std::getenv("OTATOOL_KILLS");
  return text != nullptr ? std::atoi(text) : 200;
}

/// An answer that a device has read.
struct Answer {
  unsigned number = 0;
  Clock::time_point time;
};

/// A store and its server, which is killed again and again.
struct Victim {
  std::string file;
  std::unique_ptr<ServeProcess> server;
  bool starting = true;
  Clock::time_point begun;
  Clock::time_point end;  ///< when it is killed
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
      victim.end = victim.begun +
                   std::chrono::milliseconds(std::uniform_int_distribution<>(50, 1800)(random_));
      return false;
    }
    if (Clock::now() < victim.end) {
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
    const auto allowed = std::chrono::seconds(1) + 10 * victim.slowest;
    std::vector<Answer> kept;
    for (const Answer& answer : victim.answers) {
      const auto device = stored.find(kFirstMac + answer.number);
      const bool present = device != stored.end() && device->second == "2.0.0 1";
      const bool due = victim.killed - answer.time > allowed;
      EXPECT_TRUE(present || !due)
          << "answered " << std::chrono::duration<double>(victim.killed - answer.time).count()
          << " s before the kill, slowest answer "
          << std::chrono::duration<double>(victim.slowest).count() << " s";
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
  RecordProperty("answers_of_more_than_a_second", static_cast<int>(checked_));
  EXPECT_GT(checked_, 0U);
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

}  // namespace
}  // namespace otatool::test
