#include "delivery/asio_worker_pool.hpp"

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

/// Records every call; `outcome_` decides how an attempt ends.
class ScriptedTransport final : public Transport {
 public:
  explicit ScriptedTransport(std::vector<Destination> destinations)
      : destinations_(std::move(destinations)), reports_(destinations_.size()) {}

  Destination destination(std::size_t target) const override { return destinations_[target]; }
  Report& report(std::size_t target) override { return reports_[target]; }
  asio::awaitable<std::optional<Error>> attempt(WorkerPool& pool,
                                                std::size_t target,
                                                Attempt attempt) override {
    notes_.push_back(fmt::format("{}: attempt {} at {}{}",
                                 target,
                                 attempt.number,
                                 attempt.address.to_string(),
                                 attempt.last_retry ? ", the last" : ""));
    most_at_once_ = std::max(most_at_once_, ++running_);
    asio::steady_timer turn(pool.io(), milliseconds(1));
    const std::stop_callback on_interrupt(pool.interruption(), [this, target] {
      notes_.push_back(fmt::format("{}: interrupted", target));
    });
    co_await turn.async_wait(asio::use_awaitable);
    if (interrupt_in_attempt_) {
      std::raise(SIGINT);
      turn.expires_after(milliseconds(20));
      co_await turn.async_wait(asio::use_awaitable);
    }
    --running_;
    co_return outcome_ ? outcome_(target, attempt) : std::nullopt;
  }
  [[nodiscard]] bool may_retry(std::size_t, const Error&) const override { return may_retry_; }
  void on_retry(std::size_t target,
                unsigned number,
                const Error& reason,
                const RetryAdvice&) override {
    notes_.push_back(fmt::format("{}: {}, then attempt {}", target, reason.message(), number));
    if (interrupt_at_retry_) {
      std::raise(SIGTERM);
    }
  }
  void on_end(std::size_t target) override { ended_.push_back(target); }

  std::function<std::optional<Error>(std::size_t, const Attempt&)> outcome_;
  bool may_retry_ = true;
  bool interrupt_in_attempt_ = false;
  bool interrupt_at_retry_ = false;
  std::vector<std::string> notes_;
  std::vector<std::size_t> ended_;
  std::size_t most_at_once_ = 0;

 private:
  std::vector<Destination> destinations_;
  std::vector<Report> reports_;
  std::size_t running_ = 0;
};

TEST(WorkerPool, DeliversToEveryTargetWithTheGivenNumberOfWorkers) {
  ScriptedTransport transport(std::vector<Destination>(7, Destination{"127.0.0.1"}));
  WorkerPool pool(transport, {3, 2});
  pool.run(7);
  EXPECT_EQ(transport.most_at_once_, 3U);
  EXPECT_THAT(transport.ended_, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6));
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_FALSE(transport.report(i).error);
    EXPECT_EQ(transport.report(i).attempts, 1U);
    EXPECT_EQ(transport.report(i).address, "127.0.0.1");
    EXPECT_GT(transport.report(i).seconds, 0);
  }
}

TEST(WorkerPool, DoesNothingWithoutTargets) {
  ScriptedTransport transport({});
  WorkerPool pool(transport, {3, 2});
  pool.run(0);
  EXPECT_THAT(transport.notes_, testing::IsEmpty());
}

TEST(WorkerPool, TriesTheNextAddressAfterNoReply) {
  ScriptedTransport transport({{"no.such.host.invalid", {"127.0.0.1", "127.0.0.2", "127.0.0.3"}}});
  transport.outcome_ = [](std::size_t, const Attempt& attempt) -> std::optional<Error> {
    EXPECT_EQ(attempt.addresses, 3U);
    if (attempt.address.to_string() == "127.0.0.1") {
      return Error(Errc::PortClosed, "closed");
    }
    return Error(Errc::DeviceReported, "wrong password");
  };
  WorkerPool pool(transport, {1, 2});
  pool.run(1);
  EXPECT_THAT(transport.notes_,
              ElementsAre("0: attempt 1 at 127.0.0.1", "0: attempt 1 at 127.0.0.2"));
  EXPECT_EQ(transport.report(0).error->code(), Errc::DeviceReported);
  EXPECT_EQ(transport.report(0).address, "127.0.0.2");
}

TEST(WorkerPool, RetriesAfterATransientError) {
  ScriptedTransport transport({{"127.0.0.1"}});
  transport.outcome_ = [](std::size_t, const Attempt& attempt) {
    return attempt.last_retry ? std::nullopt : std::optional(Error(Errc::Stalled, "stalled"));
  };
  const Clock::time_point begin = Clock::now();
  WorkerPool pool(transport, {1, 1});
  pool.run(1);
  EXPECT_GE(Clock::now() - begin, milliseconds(1'000)) << "the device needs a moment";
  EXPECT_THAT(transport.notes_,
              ElementsAre("0: attempt 1 at 127.0.0.1",
                          "0: stalled, then attempt 2",
                          "0: attempt 2 at 127.0.0.1, the last"));
  EXPECT_FALSE(transport.report(0).error);
  EXPECT_EQ(transport.report(0).attempts, 2U);
}

TEST(WorkerPool, DoesNotRetryAgainstTheAdviceOfTheTransport) {
  ScriptedTransport transport({{"127.0.0.1"}});
  transport.outcome_ = [](std::size_t, const Attempt&) { return Error(Errc::Stalled, "stalled"); };
  transport.may_retry_ = false;
  WorkerPool pool(transport, {1, 2});
  pool.run(1);
  EXPECT_EQ(transport.report(0).attempts, 1U);
}

TEST(WorkerPool, ReportsANameThatDoesNotResolve) {
  ScriptedTransport transport({{"no.such.host.invalid"}, {"127.0.0.1"}});
  WorkerPool pool(transport, {1, 2});
  pool.run(2);
  EXPECT_EQ(transport.report(0).error->code(), Errc::NotFound);
  EXPECT_EQ(transport.report(0).attempts, 0U);
  EXPECT_FALSE(transport.report(1).error) << "the other target is not affected";
}

TEST(WorkerPool, AnInterruptionEndsAttemptsAndStartsNoOther) {
  ScriptedTransport transport({{"127.0.0.1"}, {"127.0.0.2"}});
  transport.interrupt_in_attempt_ = true;
  transport.outcome_ = [](std::size_t, const Attempt&) {
    return Error(Errc::Interrupted, "interrupted");
  };
  WorkerPool pool(transport, {1, 2});
  pool.run(2);
  EXPECT_THAT(transport.notes_, ElementsAre("0: attempt 1 at 127.0.0.1", "0: interrupted"));
  EXPECT_EQ(transport.report(0).error->code(), Errc::Interrupted);
  EXPECT_EQ(transport.report(1).error->code(), Errc::Interrupted);
  EXPECT_THAT(transport.ended_, ElementsAre(0, 1));
}

TEST(WorkerPool, AnInterruptionEndsThePauseBeforeTheNextAttempt) {
  ScriptedTransport transport({{"127.0.0.1"}});
  transport.interrupt_at_retry_ = true;
  transport.outcome_ = [](std::size_t, const Attempt&) { return Error(Errc::Stalled, "stalled"); };
  WorkerPool pool(transport, {1, 5});
  pool.run(1);
  EXPECT_EQ(transport.report(0).attempts, 1U);
  EXPECT_EQ(transport.report(0).error->code(), Errc::Interrupted);
}

TEST(WorkerPool, AnInterruptionEndsTheLookupOfAName) {
  ScriptedTransport transport({{"127.0.0.1"}, {"no.such.host.invalid"}});
  transport.interrupt_in_attempt_ = true;
  PoolOptions options{2, 0};
  options.lookup_time = std::chrono::hours(1);
  WorkerPool pool(transport, options);
  pool.run(2);
  EXPECT_EQ(transport.report(1).error->code(), Errc::Interrupted);
}

}  // namespace
}  // namespace otatool::delivery
