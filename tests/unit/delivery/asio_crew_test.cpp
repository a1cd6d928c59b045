#include "delivery/asio_crew.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

namespace otatool::delivery {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using testing::ElementsAre;
using Clock = std::chrono::steady_clock;

/// Ends every attempt with what the test wants, and notes what it was asked for.
class ScriptedWay final : public AsioWay {
 public:
  explicit ScriptedWay(std::vector<Destination> destinations)
      : destinations_(std::move(destinations)), reports_(destinations_.size()) {}

  Destination destination(std::size_t target) const override { return destinations_[target]; }
  Report& report(std::size_t target) override { return reports_[target]; }
  asio::awaitable<std::optional<Error>> attempt(AsioCrew& crew,
                                                std::size_t target,
                                                Attempt attempt) override {
    notes_.push_back(fmt::format("{}: attempt {} at {}{}",
                                 target,
                                 attempt.number,
                                 attempt.address.to_string(),
                                 attempt.last_retry ? ", the last" : ""));
    most_under_way_ = std::max(most_under_way_, ++under_way_);
    asio::steady_timer turn(crew.io(), milliseconds(1));
    const Waker waker = crew.at_interruption(
        [this, target] { notes_.push_back(fmt::format("{}: woken", target)); });
    co_await turn.async_wait(asio::use_awaitable);
    if (interrupt_in_attempt_) {
      std::raise(SIGINT);
      turn.expires_after(milliseconds(20));
      co_await turn.async_wait(asio::use_awaitable);
    }
    --under_way_;
    co_return outcome_ ? outcome_(target, attempt) : std::nullopt;
  }
  void on_retry(std::size_t target,
                unsigned number,
                const Error& reason,
                const RetryAdvice&) override {
    notes_.push_back(fmt::format("{}: {}, so attempt {}", target, reason.message(), number));
    if (interrupt_at_retry_) {
      std::raise(SIGTERM);
    }
  }
  void on_end(std::size_t target) override { ended_.push_back(target); }

  std::function<std::optional<Error>(std::size_t, const Attempt&)> outcome_;
  bool interrupt_in_attempt_ = false;
  bool interrupt_at_retry_ = false;
  std::vector<std::string> notes_;
  std::vector<std::size_t> ended_;
  std::size_t most_under_way_ = 0;

 private:
  std::vector<Destination> destinations_;
  std::vector<Report> reports_;
  std::size_t under_way_ = 0;
};

TEST(AsioCrew, DeliversToEveryTargetWithSoManyWorkers) {
  ScriptedWay way(std::vector<Destination>(7, Destination{"127.0.0.1"}));
  AsioCrew crew(way, {3, 2});
  crew.run(7);
  EXPECT_EQ(way.most_under_way_, 3U);
  EXPECT_THAT(way.ended_, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6));
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_FALSE(way.report(i).error);
    EXPECT_EQ(way.report(i).attempts, 1U);
    EXPECT_EQ(way.report(i).address, "127.0.0.1");
    EXPECT_GT(way.report(i).seconds, 0);
  }
}

TEST(AsioCrew, HasNothingToDoForNoTarget) {
  ScriptedWay way({});
  AsioCrew crew(way, {3, 2});
  crew.run(0);
  EXPECT_THAT(way.notes_, testing::IsEmpty());
}

TEST(AsioCrew, TriesKnownAddressesInTurnWhileTheyAreToBlame) {
  ScriptedWay way({{"no.such.host.invalid", {"127.0.0.1", "127.0.0.2", "127.0.0.3"}}});
  way.outcome_ = [](std::size_t, const Attempt& attempt) -> std::optional<Error> {
    EXPECT_EQ(attempt.addresses, 3U);
    if (attempt.address.to_string() == "127.0.0.1") {
      return Error(Errc::PortClosed, "closed");
    }
    return Error(Errc::DeviceReported, "wrong password");
  };
  AsioCrew crew(way, {1, 2});
  crew.run(1);
  EXPECT_THAT(way.notes_, ElementsAre("0: attempt 1 at 127.0.0.1", "0: attempt 1 at 127.0.0.2"));
  EXPECT_EQ(way.report(0).error->code(), Errc::DeviceReported);
  EXPECT_EQ(way.report(0).address, "127.0.0.2");
}

TEST(AsioCrew, TriesAgainWhatFailedInPassing) {
  ScriptedWay way({{"127.0.0.1"}});
  way.outcome_ = [](std::size_t, const Attempt& attempt) {
    return attempt.last_retry ? std::nullopt : std::optional(Error(Errc::Stalled, "stalled"));
  };
  const Clock::time_point begin = Clock::now();
  AsioCrew crew(way, {1, 1});
  crew.run(1);
  EXPECT_GE(Clock::now() - begin, milliseconds(1'000)) << "the device needs a moment";
  EXPECT_THAT(way.notes_,
              ElementsAre("0: attempt 1 at 127.0.0.1",
                          "0: stalled, so attempt 2",
                          "0: attempt 2 at 127.0.0.1, the last"));
  EXPECT_FALSE(way.report(0).error);
  EXPECT_EQ(way.report(0).attempts, 2U);
}

TEST(AsioCrew, ReportsATargetThatDoesNotResolve) {
  ScriptedWay way({{"no.such.host.invalid"}, {"127.0.0.1"}});
  AsioCrew crew(way, {1, 2});
  crew.run(2);
  EXPECT_EQ(way.report(0).error->code(), Errc::NotFound);
  EXPECT_EQ(way.report(0).attempts, 0U);
  EXPECT_FALSE(way.report(1).error) << "the next one is not concerned";
}

TEST(AsioCrew, AnInterruptionEndsWhatIsUnderWayAndBeginsNothing) {
  ScriptedWay way({{"127.0.0.1"}, {"127.0.0.2"}});
  way.interrupt_in_attempt_ = true;
  way.outcome_ = [](std::size_t, const Attempt&) {
    return Error(Errc::Interrupted, "interrupted");
  };
  AsioCrew crew(way, {1, 2});
  crew.run(2);
  EXPECT_THAT(way.notes_, ElementsAre("0: attempt 1 at 127.0.0.1", "0: woken"));
  EXPECT_EQ(way.report(0).error->code(), Errc::Interrupted);
  EXPECT_EQ(way.report(1).error->code(), Errc::Interrupted);
  EXPECT_THAT(way.ended_, ElementsAre(0, 1));
}

TEST(AsioCrew, AnInterruptionEndsThePauseBeforeTheNextAttempt) {
  ScriptedWay way({{"127.0.0.1"}});
  way.interrupt_at_retry_ = true;
  way.outcome_ = [](std::size_t, const Attempt&) { return Error(Errc::Stalled, "stalled"); };
  AsioCrew crew(way, {1, 5});
  crew.run(1);
  EXPECT_EQ(way.report(0).attempts, 1U);
  EXPECT_EQ(way.report(0).error->code(), Errc::Interrupted);
}

TEST(AsioCrew, AnInterruptionEndsTheWaitForAName) {
  ScriptedWay way({{"127.0.0.1"}, {"no.such.host.invalid"}});
  way.interrupt_in_attempt_ = true;
  CrewOptions options{2, 0};
  options.name_patience = std::chrono::hours(1);
  AsioCrew crew(way, options);
  crew.run(2);
  EXPECT_EQ(way.report(1).error->code(), Errc::Interrupted);
}

}  // namespace
}  // namespace otatool::delivery
