#include "delivery/asio_worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

namespace otatool::delivery {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using testing::ElementsAre;
using Clock = std::chrono::steady_clock;

/// Records every call of all its deliveries; `outcome_` decides how an attempt ends.
class Script final : public Observer {
 public:
  explicit Script(const std::vector<Destination>& destinations);

  void on_event(std::size_t target, const Event& event) override {
    if (const auto* retry = std::get_if<RetryScheduled>(&event)) {
      notes_.push_back(
          fmt::format("{}: {}, then attempt {}", target, retry->reason.message(), retry->attempt));
      if (interrupt_at_retry_) {
        std::raise(SIGTERM);
      }
    }
  }
  void on_report(std::size_t target, const Report& /*report*/) override {
    ended_.push_back(target);
  }
  std::vector<Report> run(const PoolOptions& options) {
    return deliver_all(deliveries_, options, *this);
  }

  std::function<std::optional<Error>(const Attempt&)> outcome_;
  std::function<Sight(std::size_t target, std::size_t look)> sight_;
  std::vector<std::size_t> looks_ = std::vector<std::size_t>(8);
  bool may_retry_ = true;
  Identity before_;
  bool hangs_ = false;  ///< an attempt ends only when it is stopped
  bool interrupt_in_attempt_ = false;
  bool interrupt_at_retry_ = false;
  bool hangs_in_look_ = false;  ///< a look ends only when it is stopped
  bool interrupt_in_look_ = false;
  std::vector<std::string> notes_;
  std::vector<std::size_t> ended_;
  std::size_t running_ = 0;
  std::size_t most_at_once_ = 0;

 private:
  Deliveries deliveries_;
};

class ScriptedDelivery final : public Delivery {
 public:
  ScriptedDelivery(Script& script, std::size_t target, Destination destination)
      : script_(script), target_(target), destination_(std::move(destination)) {}

  [[nodiscard]] std::string name() const override { return fmt::format("target {}", target_); }
  [[nodiscard]] Destination destination() const override { return destination_; }
  [[nodiscard]] std::string via() const override { return "script"; }
  asio::awaitable<Sight> look(Attempt attempt, Surroundings surroundings) override;
  asio::awaitable<bool> recognises(Attempt /*attempt*/, Surroundings /*surroundings*/) override {
    co_return false;
  }
  [[nodiscard]] std::optional<RetryAdvice> retry(const Error& error,
                                                 unsigned attempt,
                                                 unsigned retries) const override {
    return script_.may_retry_ ? retry_advice(error, attempt, retries) : std::nullopt;
  }
  asio::awaitable<std::optional<Error>> attempt(Attempt attempt,
                                                Surroundings surroundings) override {
    script_.notes_.push_back(fmt::format("{}: attempt {} at {}{}",
                                         target_,
                                         attempt.number,
                                         attempt.address.to_string(),
                                         attempt.last_retry ? ", the last" : ""));
    script_.most_at_once_ = std::max(script_.most_at_once_, ++script_.running_);
    asio::steady_timer turn(surroundings.pool.io(), milliseconds(1));
    const std::stop_callback on_stop(attempt.stop, [this, &turn] {
      script_.notes_.push_back(fmt::format("{}: interrupted", target_));
      turn.cancel();
    });
    if (script_.hangs_) {
      turn.expires_after(std::chrono::hours(1));
    }
    boost::system::error_code ignored;
    co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (script_.interrupt_in_attempt_) {
      std::raise(SIGINT);
      turn.expires_after(milliseconds(20));
      co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    surroundings.report.before = script_.before_;
    --script_.running_;
    co_return script_.outcome_ ? script_.outcome_(attempt) : std::nullopt;
  }

 private:
  Script& script_;
  std::size_t target_;
  Destination destination_;
};

asio::awaitable<Sight> ScriptedDelivery::look(Attempt attempt, Surroundings surroundings) {
  script_.notes_.push_back(fmt::format("{}: look at {}", target_, attempt.address.to_string()));
  if (script_.interrupt_in_look_ || script_.hangs_in_look_) {
    if (script_.interrupt_in_look_) {
      std::raise(SIGINT);
    }
    asio::steady_timer turn(surroundings.pool.io(), std::chrono::hours(1));
    const std::stop_callback on_stop(attempt.stop, [&turn] { turn.cancel(); });
    boost::system::error_code ignored;
    co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return script_.sight_(target_, ++script_.looks_[target_]);
}

Script::Script(const std::vector<Destination>& destinations) {
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    deliveries_.push_back(std::make_shared<ScriptedDelivery>(*this, i, destinations[i]));
  }
}

TEST(WorkerPool, DeliversToEveryTargetWithTheGivenNumberOfWorkers) {
  Script script(std::vector<Destination>(7, Destination{"127.0.0.1"}));
  const auto reports = script.run({3, 2});
  EXPECT_EQ(script.most_at_once_, 3U);
  EXPECT_THAT(script.ended_, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6));
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_FALSE(reports[i].error);
    EXPECT_EQ(reports[i].attempts, 1U);
    EXPECT_EQ(reports[i].address, "127.0.0.1");
    EXPECT_GT(reports[i].seconds, 0);
  }
}

TEST(WorkerPool, DoesNothingWithoutTargets) {
  Script script({});
  const auto reports = script.run({3, 2});
  EXPECT_THAT(script.notes_, testing::IsEmpty());
}

TEST(WorkerPool, TriesTheNextAddressAfterNoReply) {
  Script script({{"no.such.host.invalid", {"127.0.0.1", "127.0.0.2", "127.0.0.3"}}});
  script.outcome_ = [](const Attempt& attempt) -> std::optional<Error> {
    EXPECT_EQ(attempt.addresses, 3U);
    if (attempt.address.to_string() == "127.0.0.1") {
      return Error(Errc::PortClosed, "closed");
    }
    return Error(Errc::DeviceReported, "wrong password");
  };
  const auto reports = script.run({1, 2});
  EXPECT_THAT(script.notes_, ElementsAre("0: attempt 1 at 127.0.0.1", "0: attempt 1 at 127.0.0.2"));
  EXPECT_EQ(reports[0].error->code(), Errc::DeviceReported);
  EXPECT_EQ(reports[0].address, "127.0.0.2");
}

TEST(WorkerPool, RetriesAfterATransientError) {
  Script script({{"127.0.0.1"}});
  script.outcome_ = [](const Attempt& attempt) {
    return attempt.last_retry ? std::nullopt : std::optional(Error(Errc::Stalled, "stalled"));
  };
  const Clock::time_point begin = Clock::now();
  const auto reports = script.run({1, 1});
  EXPECT_GE(Clock::now() - begin, milliseconds(1'000)) << "the device needs a moment";
  EXPECT_THAT(script.notes_,
              ElementsAre("0: attempt 1 at 127.0.0.1",
                          "0: stalled, then attempt 2",
                          "0: attempt 2 at 127.0.0.1, the last"));
  EXPECT_FALSE(reports[0].error);
  EXPECT_EQ(reports[0].attempts, 2U);
}

TEST(WorkerPool, DoesNotRetryAgainstTheAdviceOfTheTransport) {
  Script script({{"127.0.0.1"}});
  script.outcome_ = [](const Attempt&) { return Error(Errc::Stalled, "stalled"); };
  script.may_retry_ = false;
  const auto reports = script.run({1, 2});
  EXPECT_EQ(reports[0].attempts, 1U);
}

TEST(WorkerPool, ReportsANameThatDoesNotResolve) {
  Script script({{"no.such.host.invalid"}, {"127.0.0.1"}});
  const auto reports = script.run({1, 2});
  EXPECT_EQ(reports[0].error->code(), Errc::NotFound);
  EXPECT_EQ(reports[0].attempts, 0U);
  EXPECT_FALSE(reports[1].error) << "the other target is not affected";
}

TEST(WorkerPool, AnInterruptionEndsAttemptsAndStartsNoOther) {
  Script script({{"127.0.0.1"}, {"127.0.0.2"}});
  script.interrupt_in_attempt_ = true;
  script.outcome_ = [](const Attempt&) { return Error(Errc::Interrupted, "interrupted"); };
  const auto reports = script.run({1, 2});
  EXPECT_THAT(script.notes_, ElementsAre("0: attempt 1 at 127.0.0.1", "0: interrupted"));
  EXPECT_EQ(reports[0].error->code(), Errc::Interrupted);
  EXPECT_EQ(reports[1].error->code(), Errc::Interrupted);
  EXPECT_THAT(script.ended_, ElementsAre(0, 1));
}

TEST(WorkerPool, EndsATargetWhoseTimeIsUp) {
  Script script({{"127.0.0.1"}, {"127.0.0.2"}});
  script.hangs_ = true;
  script.outcome_ = [](const Attempt&) { return Error(Errc::Interrupted, "interrupted"); };
  PoolOptions options{1, 2};
  options.max_time = milliseconds(20);
  const auto reports = script.run(options);
  EXPECT_THAT(script.notes_,
              ElementsAre("0: attempt 1 at 127.0.0.1",
                          "0: interrupted",
                          "1: attempt 1 at 127.0.0.2",
                          "1: interrupted"));
  for (const Report& report : reports) {
    EXPECT_EQ(report.error->code(), Errc::Stalled);
    EXPECT_EQ(report.error->message(), "it did not end within 0.02 s");
  }
}

TEST(WorkerPool, TheTimeOfATargetLimitsLookupsAndPauses) {
  Script script({{"no.such.host.invalid"}, {"127.0.0.1"}});
  script.outcome_ = [](const Attempt&) { return Error(Errc::Stalled, "stalled"); };
  PoolOptions options{1, 100};
  options.lookup_time = std::chrono::hours(1);
  options.max_time = milliseconds(50);
  const auto reports = script.run(options);
  EXPECT_EQ(reports[0].error->message(), "it did not end within 0.05 s");
  EXPECT_EQ(reports[1].error->message(), "it did not end within 0.05 s");
  EXPECT_EQ(reports[1].attempts, 1U);
}

TEST(WorkerPool, AnInterruptionEndsThePauseBeforeTheNextAttempt) {
  Script script({{"127.0.0.1"}});
  script.interrupt_at_retry_ = true;
  script.outcome_ = [](const Attempt&) { return Error(Errc::Stalled, "stalled"); };
  const auto reports = script.run({1, 5});
  EXPECT_EQ(reports[0].attempts, 1U);
  EXPECT_EQ(reports[0].error->code(), Errc::Interrupted);
}

TEST(WorkerPool, AnInterruptionEndsTheLookupOfAName) {
  Script script({{"127.0.0.1"}, {"no.such.host.invalid"}});
  script.interrupt_in_attempt_ = true;
  PoolOptions options{2, 0};
  options.lookup_time = std::chrono::hours(1);
  const auto reports = script.run(options);
  EXPECT_EQ(reports[1].error->code(), Errc::Interrupted);
}

Sight running(const std::string& version) {
  return {Sight::State::Up, {version}};
}

PoolOptions confirming(std::size_t jobs) {
  PoolOptions options{jobs, 0};
  options.confirm = std::chrono::hours(1);
  return options;
}

TEST(WorkerPool, LooksAtTheDeviceUntilItIsBackWithTheNewVersion) {
  Script script({{"127.0.0.1"}});
  script.before_ = {"1.0"};
  script.sight_ = [](std::size_t, std::size_t look) {
    return look == 1 ? running("1.0") : look == 2 ? Sight{} : running("1.1");
  };
  const auto reports = script.run(confirming(1));
  EXPECT_THAT(script.notes_,
              ElementsAre("0: attempt 1 at 127.0.0.1",
                          "0: look at 127.0.0.1",
                          "0: look at 127.0.0.1",
                          "0: look at 127.0.0.1"));
  EXPECT_FALSE(reports[0].error);
  EXPECT_EQ(reports[0].confirmed, true);
  EXPECT_EQ(reports[0].before.version, "1.0");
  EXPECT_EQ(reports[0].after.version, "1.1");
  EXPECT_EQ(reports[0].via, "script");
  EXPECT_LT(reports[0].seconds, 1) << "the time of the upload alone";
}

TEST(WorkerPool, DevicesHaveTheirOwnOutcomes) {
  Script script({{"127.0.0.1"}, {"127.0.0.2"}, {"127.0.0.3"}});
  script.before_ = {"1.0"};
  script.sight_ = [](std::size_t target, std::size_t look) {
    return target == 2 || look == 1 ? Sight{} : running(target == 0 ? "1.1" : "1.0");
  };
  PoolOptions options = confirming(3);
  options.confirm = milliseconds(1'200);
  const auto reports = script.run(options);
  EXPECT_FALSE(reports[0].error);
  EXPECT_EQ(reports[1].error->code(), Errc::OldVersion);
  EXPECT_EQ(reports[1].confirmed, false);
  EXPECT_EQ(reports[2].error->code(), Errc::DeviceLost);
  EXPECT_EQ(reports[2].confirmed, std::nullopt);
}

TEST(WorkerPool, AnInterruptionEndsTheConfirmation) {
  Script script({{"127.0.0.1"}});
  script.interrupt_in_look_ = true;
  script.sight_ = [](std::size_t, std::size_t) { return Sight{}; };
  const auto reports = script.run(confirming(1));
  EXPECT_EQ(reports[0].error->code(), Errc::Interrupted);
  EXPECT_THAT(reports[0].error->message(), testing::HasSubstr("accepted the image"));
}

TEST(WorkerPool, DoesNotLookAfterAFailure) {
  Script script({{"127.0.0.1"}});
  script.outcome_ = [](const Attempt&) { return Error(Errc::DeviceRefused, "no"); };
  const auto reports = script.run(confirming(1));
  EXPECT_EQ(script.looks_[0], 0U);
  EXPECT_EQ(reports[0].error->code(), Errc::DeviceRefused);
}

PoolOptions only_outdated() {
  PoolOptions options{1, 0};
  options.only_outdated = true;
  options.image.version = "1.1";
  return options;
}

TEST(WorkerPool, SendsNothingToDevicesThatRunTheVersion) {
  Script script({{"127.0.0.1"}, {"127.0.0.2"}, {"127.0.0.3"}});
  script.sight_ = [](std::size_t target, std::size_t) {
    return target == 2 ? Sight{} : running(target == 0 ? "1.1" : "1.0");
  };
  const auto reports = script.run(only_outdated());
  EXPECT_THAT(script.notes_,
              ElementsAre("0: look at 127.0.0.1",
                          "1: look at 127.0.0.2",
                          "1: attempt 1 at 127.0.0.2",
                          "2: look at 127.0.0.3",
                          "2: attempt 1 at 127.0.0.3"));
  EXPECT_TRUE(reports[0].skipped);
  EXPECT_FALSE(reports[0].error);
  EXPECT_EQ(reports[0].before.version, "1.1");
  EXPECT_FALSE(reports[1].skipped);
}

TEST(WorkerPool, AnInterruptedLookIsNoUpdate) {
  Script script({{"127.0.0.1"}, {"127.0.0.2"}});
  script.interrupt_in_look_ = true;
  script.sight_ = [](std::size_t, std::size_t) { return Sight{}; };
  PoolOptions options = only_outdated();
  options.confirm = std::chrono::hours(1);
  const auto reports = script.run(options);
  EXPECT_THAT(script.notes_, ElementsAre("0: look at 127.0.0.1"));
  ASSERT_TRUE(reports[0].error && reports[1].error);
  EXPECT_EQ(reports[0].error->message(), "interrupted during the look at its version");
  EXPECT_EQ(reports[1].error->code(), Errc::Interrupted);
}

TEST(WorkerPool, TheTimeOfATargetLimitsTheLookAtItsVersion) {
  Script script({{"127.0.0.1"}});
  script.hangs_in_look_ = true;
  script.sight_ = [](std::size_t, std::size_t) { return Sight{}; };
  PoolOptions options = only_outdated();
  options.max_time = milliseconds(20);
  const auto reports = script.run(options);
  EXPECT_THAT(script.notes_, ElementsAre("0: look at 127.0.0.1"));
  ASSERT_TRUE(reports[0].error);
  EXPECT_EQ(reports[0].error->message(), "it did not end within 0.02 s");
}

}  // namespace
}  // namespace otatool::delivery
