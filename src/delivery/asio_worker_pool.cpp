#include "delivery/asio_worker_pool.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
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

WorkerPool::WorkerPool(Transport& transport, const PoolOptions& options)
    : transport_(transport), options_(options), signals_(io_, SIGINT, SIGTERM) {}

void WorkerPool::run(std::size_t count) {
  workers_ = affordable_jobs(std::min(options_.jobs, count));
  if (workers_ == 0) {
    return;
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
    asio::co_spawn(io_, work(count), [this, &failure](const std::exception_ptr& thrown) {
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
}

asio::awaitable<void> WorkerPool::work(std::size_t count) {
  while (next_target_ < count) {
    const std::size_t target = next_target_++;
    const Clock::time_point begin = Clock::now();
    if (interrupted()) {
      transport_.report(target).error = Error(Errc::Interrupted, "interrupted before it started");
    } else {
      co_await deliver(target);
    }
    transport_.report(target).seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    transport_.on_end(target);
  }
}

asio::awaitable<void> WorkerPool::deliver(std::size_t target) {
  Report& report = transport_.report(target);
  const Destination destination = transport_.destination(target);
  const Result<Addresses> addresses = co_await resolve(destination);
  if (!addresses) {
    report.error = addresses.error();
    co_return;
  }
  RetryAdvice next{};
  for (unsigned number = 1;; ++number) {
    report.attempts = number;
    report.error = co_await attempt(target, number, next, *addresses);
    if (!report.error || interrupted()) {
      co_return;
    }
    const std::optional<RetryAdvice> advice = retry_advice(*report.error, number, options_.retries);
    if (!advice || !transport_.may_retry(target, *report.error)) {
      co_return;
    }
    const bool stalled_before = next.small_segments;
    next = *advice;
    next.small_segments = next.small_segments || stalled_before;
    transport_.on_retry(target, number + 1, *report.error, next);
    co_await pause(next.delay);
    if (interrupted()) {
      report.error = Error(Errc::Interrupted, "interrupted while waiting for the next attempt");
      co_return;
    }
  }
}

asio::awaitable<Result<WorkerPool::Addresses>> WorkerPool::resolve(const Destination& destination) {
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
    const std::stop_callback on_interrupt(interruption(), [&lookup] { lookup.cancel(); });
    Result<Addresses> found = co_await lookup.addresses();
    const bool unresolved = !found && found.error().code() == Errc::NotFound;
    if (!unresolved || Clock::now() >= until) {
      co_return found;
    }
    co_await pause(kBetweenLookups);
    if (interrupted()) {
      co_return fail(Errc::Interrupted, "interrupted during the lookup of its name");
    }
  }
}

asio::awaitable<std::optional<Error>> WorkerPool::attempt(std::size_t target,
                                                          unsigned number,
                                                          const RetryAdvice& advice,
                                                          const Addresses& addresses) {
  std::optional<Error> error;
  for (const address& one : addresses) {
    transport_.report(target).address = one.to_string();
    const Attempt attempt{number, advice.last, advice.small_segments, one, addresses.size()};
    error = co_await transport_.attempt(*this, target, attempt);
    if (!error || interrupted() || !may_try_next_address(*error)) {
      break;
    }
  }
  co_return error;
}

asio::awaitable<void> WorkerPool::pause(milliseconds delay) {
  asio::steady_timer timer(io_, delay);
  const std::stop_callback on_interrupt(interruption(), [&timer] { timer.cancel(); });
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
}

}  // namespace otatool::delivery
