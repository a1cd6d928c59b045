#include "delivery/asio_worker_pool.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <fmt/format.h>
#include <memory>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "delivery/asio_lookup.hpp"

namespace otatool::delivery {
namespace asio = boost::asio;
using asio::ip::address;
using boost::system::error_code;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kDescriptorsPerTarget = 4;
constexpr std::size_t kOtherDescriptors = 64;
constexpr milliseconds kBetweenLookups{1'000};
constexpr milliseconds kBetweenLooks{500};

/// The number of jobs that the limit of file descriptors allows, after an attempt to raise the
/// limit.
std::size_t affordable_jobs(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return wanted;
  }
  const rlim_t needed = wanted * kDescriptorsPerTarget + kOtherDescriptors;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) {
    return wanted;
  }
  const rlim_t left = limit.rlim_cur > kOtherDescriptors ? limit.rlim_cur - kOtherDescriptors : 0;
  return std::max<std::size_t>(1, left / kDescriptorsPerTarget);
}

/// The device did not reply at this address; another address of the same host may work.
bool may_try_next_address(const Error& error) {
  switch (error.code()) {
    case Errc::NoAnswer:
    case Errc::PortClosed:
    case Errc::HostUnreachable:
    case Errc::NetworkFailed:
      return true;
    default:
      return false;
  }
}

}  // namespace

WorkerPool::WorkerPool(const Deliveries& deliveries, const PoolOptions& options, Observer& observer)
    : deliveries_(deliveries),
      options_(options),
      observer_(observer),
      reports_(deliveries.size()),
      signals_(io_, SIGINT, SIGTERM) {
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    reports_[i].name = deliveries[i]->name();
  }
}

std::vector<Report> WorkerPool::run() {
  workers_ = affordable_jobs(std::min(options_.jobs, deliveries_.size()));
  if (workers_ == 0) {
    return {};
  }
  signals_.async_wait([this](const error_code& error, int) {
    if (!error) {
      signals_.clear();  // a second Ctrl-C kills the process
      interruption_.request_stop();
    }
  });
  std::exception_ptr failure;
  const std::size_t workers = workers_;
  for (std::size_t i = 0; i < workers; ++i) {
    asio::co_spawn(io_, work(), [this, &failure](const std::exception_ptr& thrown) {
      failure = thrown ? thrown : failure;
      if (--workers_ == 0) {
        signals_.cancel();
      }
    });
  }
  io_.run();
  if (failure) {
    std::rethrow_exception(failure);
  }
  return std::move(reports_);
}

asio::awaitable<void> WorkerPool::work() {
  while (next_target_ < deliveries_.size()) {
    const std::size_t target = next_target_++;
    Report& report = reports_[target];
    const Clock::time_point begin = Clock::now();
    if (interruption_.stop_requested()) {
      report.error = Error(Errc::Interrupted, "interrupted before it started");
    } else {
      co_await deliver_in_time(target);
    }
    report.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (options_.confirm && !report.error && !report.skipped &&
        deliveries_[target]->needs_confirmation()) {
      co_await confirm(target);
    }
    report.via = deliveries_[target]->via();
    report.kind = deliveries_[target]->kind();
    observer_.on_report(target, report);
  }
}

asio::awaitable<void> WorkerPool::deliver_in_time(std::size_t target) {
  const milliseconds limit = options_.max_time.value_or(
      usual_max_time(deliveries_[target]->longest_attempt(), options_.retries));
  std::stop_source stop;
  const std::stop_callback on_interrupt(interruption_.get_token(),
                                        [&stop] { stop.request_stop(); });
  const auto alarm = std::make_shared<asio::steady_timer>(io_, limit);
  alarm->async_wait([alarm, stop](const error_code& cancelled) mutable {
    if (!cancelled) {
      stop.request_stop();
    }
  });
  co_await deliver(target, stop.get_token());
  const bool in_time = alarm->cancel() > 0;
  Report& report = reports_[target];
  if (report.error && !in_time && !interruption_.stop_requested()) {
    const std::chrono::duration<double> seconds = limit;
    report.error =
        Error(Errc::Stalled, fmt::format("it did not end within {:g} s", seconds.count()));
  }
}

asio::awaitable<void> WorkerPool::deliver(std::size_t target, std::stop_token stop) {
  Report& report = reports_[target];
  const Delivery& delivery = *deliveries_[target];
  const Destination destination = delivery.destination();
  const Result<Addresses> addresses = co_await resolve(destination, stop);
  if (!addresses) {
    report.error = addresses.error();
    co_return;
  }
  if (options_.only_outdated) {
    const Attempt first{1, false, false, addresses->front(), addresses->size(), stop};
    report.skipped = co_await is_up_to_date(target, first);
    if (report.skipped) {
      co_return;
    }
    if (stop.stop_requested()) {
      report.error = Error(Errc::Interrupted, "interrupted during the look at its version");
      co_return;
    }
  }
  co_await attempt_until_done(target, *addresses, stop);
}

asio::awaitable<void> WorkerPool::attempt_until_done(std::size_t target,
                                                     const Addresses& addresses,
                                                     std::stop_token stop) {
  Report& report = reports_[target];
  const Delivery& delivery = *deliveries_[target];
  RetryAdvice next{};
  for (unsigned number = 1;; ++number) {
    report.attempts = number;
    const Attempt first{
        number, next.last, next.small_segments, addresses.front(), addresses.size(), stop};
    report.error = co_await attempt(target, first, addresses);
    if (!report.error || stop.stop_requested()) {
      co_return;
    }
    const std::optional<RetryAdvice> advice =
        delivery.retry(*report.error, number, options_.retries);
    if (!advice) {
      co_return;
    }
    const bool stalled_before = next.small_segments;
    next = *advice;
    next.small_segments = next.small_segments || stalled_before;
    const Event retry = RetryScheduled{
        number + 1, *report.error, next.delay, delivery.lockstep(next.last), next.small_segments};
    observer_.on_event(target, retry);
    co_await pause(next.delay, stop);
    if (stop.stop_requested()) {
      report.error = Error(Errc::Interrupted, "interrupted while waiting for the next attempt");
      co_return;
    }
  }
}

asio::awaitable<Result<WorkerPool::Addresses>> WorkerPool::resolve(const Destination& destination,
                                                                   std::stop_token stop) {
  Addresses known;
  for (const std::string& text : destination.addresses) {
    error_code error;
    if (const address one = asio::ip::make_address(text, error); !error) {
      known.push_back(one);
    }
  }
  if (!known.empty()) {
    co_return known;
  }
  const Clock::time_point until = Clock::now() + options_.lookup_time;
  for (;;) {
    AsioLookup lookup(io_, destination.host);
    const std::stop_callback on_stop(stop, [&lookup] { lookup.cancel(); });
    Result<Addresses> found = co_await lookup.addresses();
    const bool unresolved = !found && found.error().code() == Errc::NotFound;
    if (!unresolved || Clock::now() >= until) {
      co_return found;
    }
    co_await pause(kBetweenLookups, stop);
    if (stop.stop_requested()) {
      co_return fail(Errc::Interrupted, "interrupted during the lookup of its name");
    }
  }
}

/// `first` is the attempt at the first address.
asio::awaitable<std::optional<Error>> WorkerPool::attempt(std::size_t target,
                                                          const Attempt& first,
                                                          const Addresses& addresses) {
  std::optional<Error> error;
  Report& report = reports_[target];
  const Listener listener = [&](const Event& event) { observer_.on_event(target, event); };
  const Surroundings surroundings{*this, listener, report};
  Attempt next = first;
  for (const address& one : addresses) {
    report.address = one.to_string();
    next.address = one;
    error = co_await deliveries_[target]->attempt(next, surroundings);
    if (!error || first.stop.stop_requested() || !may_try_next_address(*error)) {
      break;
    }
  }
  co_return error;
}

asio::awaitable<bool> WorkerPool::is_up_to_date(std::size_t target, const Attempt& first) {
  Report& report = reports_[target];
  report.address = first.address.to_string();
  const Listener listener = [&](const Event& event) { observer_.on_event(target, event); };
  const Surroundings surroundings{*this, listener, report};
  const Sight sight = co_await deliveries_[target]->look(first, surroundings);
  if (sight.state != Sight::State::Up || !runs(sight.told, options_.image)) {
    co_return false;
  }
  report.before = sight.told;
  report.after = sight.told;
  report.confirmed = true;
  co_return true;
}

asio::awaitable<void> WorkerPool::confirm(std::size_t target) {
  Report& report = reports_[target];
  const std::stop_token stop = interruption_.get_token();
  const Listener listener = [&](const Event& event) { observer_.on_event(target, event); };
  const Surroundings surroundings{*this, listener, report};
  const Attempt look{1, false, false, asio::ip::make_address(report.address), 1, stop};
  const Event reached = PhaseReached{Phase::AwaitingRestart};
  listener(reached);
  Confirmation confirmation(report.before, options_.image, *options_.confirm);
  const Clock::time_point begin = Clock::now();
  for (;;) {
    co_await pause(kBetweenLooks, stop);
    Sight sight;
    if (!stop.stop_requested()) {
      sight = co_await deliveries_[target]->look(look, surroundings);
    }
    if (stop.stop_requested()) {
      report.error = Error(Errc::Interrupted,
                           "the device accepted the image; interrupted before it was back with it");
      co_return;
    }
    const auto passed = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    if (auto outcome = confirmation.next(sight, passed)) {
      end_confirmation(target, std::move(*outcome));
      co_return;
    }
    const Event waiting =
        Waiting{Phase::AwaitingRestart, std::max(milliseconds(0), *options_.confirm - passed)};
    listener(waiting);
  }
}

void WorkerPool::end_confirmation(std::size_t target, Confirmation::Outcome outcome) {
  Report& report = reports_[target];
  report.confirmed = outcome.confirmed;
  report.restart = outcome.restart;
  report.after = std::move(outcome.now);
  report.error = std::move(outcome.error);
}

asio::awaitable<void> WorkerPool::pause(milliseconds delay, std::stop_token stop) {
  asio::steady_timer timer(io_, delay);
  const std::stop_callback on_stop(stop, [&timer] { timer.cancel(); });
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
}

std::vector<Report> deliver_all(const Deliveries& deliveries,
                                const PoolOptions& options,
                                Observer& observer) {
  WorkerPool pool(deliveries, options, observer);
  return pool.run();
}

}  // namespace otatool::delivery
