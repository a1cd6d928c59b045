#include "delivery/asio_crew.hpp"

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

/// How many targets may be under way at once, after asking for as many descriptors as that takes.
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

/// Nothing was heard from this address: another one of the same host may do better.
bool address_is_to_blame(const Error& error) {
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

AsioCrew::AsioCrew(AsioWay& way, const CrewOptions& options)
    : way_(way), options_(options), signals_(io_, SIGINT, SIGTERM) {}

void AsioCrew::run(std::size_t count) {
  workers_ = affordable_jobs(std::min(options_.jobs, count));
  if (workers_ == 0) {
    return;
  }
  signals_.async_wait([this](const error_code& error, int) {
    if (!error) {
      interrupt();
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

void AsioCrew::interrupt() {
  interrupted_ = true;
  signals_.clear();  // a second Ctrl-C ends the process at once
  for (const std::function<void()>& wake : wakers_) {
    wake();
  }
}

asio::awaitable<void> AsioCrew::work(std::size_t count) {
  while (next_target_ < count) {
    const std::size_t target = next_target_++;
    const Clock::time_point begin = Clock::now();
    if (interrupted_) {
      way_.report(target).error = Error(Errc::Interrupted, "interrupted before it began");
    } else {
      co_await deliver(target);
    }
    way_.report(target).seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    way_.on_end(target);
  }
}

asio::awaitable<void> AsioCrew::deliver(std::size_t target) {
  Report& report = way_.report(target);
  const Destination destination = way_.destination(target);
  const Result<Addresses> addresses = co_await resolve(destination);
  if (!addresses) {
    report.error = addresses.error();
    co_return;
  }
  bool last_retry = false;
  for (unsigned number = 1;; ++number) {
    report.attempts = number;
    report.error = co_await attempt(target, number, last_retry, *addresses);
    if (!report.error || interrupted_) {
      co_return;
    }
    const std::optional<RetryAdvice> advice = retry_advice(*report.error, number, options_.retries);
    if (!advice) {
      co_return;
    }
    last_retry = advice->last;
    way_.on_retry(target, number + 1, *report.error, *advice);
    co_await pause(advice->delay);
    if (interrupted_) {
      report.error = Error(Errc::Interrupted, "interrupted while waiting for the next attempt");
      co_return;
    }
  }
}

asio::awaitable<Result<AsioCrew::Addresses>> AsioCrew::resolve(const Destination& destination) {
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
  const Clock::time_point until = Clock::now() + options_.name_patience;
  for (;;) {
    AsioLookup lookup(io_, destination.host);
    const Waker waker = at_interruption([&lookup] { lookup.cancel(); });
    Result<Addresses> found = co_await lookup.addresses();
    const bool absent = !found && found.error().code() == Errc::NotFound;
    if (!absent || Clock::now() >= until) {
      co_return found;
    }
    co_await pause(kBetweenLookups);
    if (interrupted_) {
      co_return fail(Errc::Interrupted, "interrupted while looking up its name");
    }
  }
}

asio::awaitable<std::optional<Error>> AsioCrew::attempt(std::size_t target,
                                                        unsigned number,
                                                        bool last_retry,
                                                        const Addresses& addresses) {
  std::optional<Error> error;
  for (const address& one : addresses) {
    way_.report(target).address = one.to_string();
    const Attempt attempt{number, last_retry, one, addresses.size()};
    error = co_await way_.attempt(*this, target, attempt);
    if (!error || interrupted_ || !address_is_to_blame(*error)) {
      break;
    }
  }
  co_return error;
}

asio::awaitable<void> AsioCrew::pause(milliseconds delay) {
  asio::steady_timer timer(io_, delay);
  const Waker waker = at_interruption([&timer] { timer.cancel(); });
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
}

}  // namespace otatool::delivery
