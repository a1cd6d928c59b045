#include <algorithm>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <functional>
#include <list>
#include <random>
#include <sys/resource.h>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "otatool/espota/digest.hpp"
#include "otatool/espota/retry.hpp"
#include "otatool/espota/upload.hpp"

#include "espota/asio_exchange.hpp"
#include "espota/asio_link.hpp"
#include "espota/asio_resolve.hpp"
#include "espota/asio_turnstile.hpp"

namespace otatool::espota {
namespace asio = boost::asio;
using asio::ip::address;
using asio::ip::udp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kDescriptorsPerTarget = 4;
constexpr std::size_t kOtherDescriptors = 64;

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

CnonceSeed random_seed() {
  CnonceSeed seed{};
  std::random_device source;
  for (std::uint8_t& byte : seed) {
    byte = static_cast<std::uint8_t>(source());
  }
  return seed;
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

class Fleet {
 public:
  Fleet(Bytes image,
        std::span<const Target> targets,
        const UploadOptions& options,
        UploadObserver& observer)
      : image_(image),
        targets_(targets),
        options_(options),
        observer_(observer),
        image_md5_(md5_hex(image)),
        reports_(targets.size()),
        signals_(io_, SIGINT, SIGTERM),
        turnstile_(io_) {}

  std::vector<TargetReport> run();

 private:
  asio::awaitable<void> work();
  asio::awaitable<void> upload(std::size_t index);
  asio::awaitable<Result<std::vector<address>>> resolve(const std::string& host);
  asio::awaitable<Result<std::vector<address>>> resolve_patiently(const std::string& host);
  asio::awaitable<std::optional<Error>> attempt(std::size_t index,
                                                unsigned number,
                                                const std::vector<address>& addresses,
                                                bool lockstep);
  asio::awaitable<void> pause(Millis delay);
  Plan plan_for(const Target& target, const AsioLink& link, bool lockstep) const;
  void interrupt();

  Bytes image_;
  std::span<const Target> targets_;
  const UploadOptions& options_;
  UploadObserver& observer_;
  std::string image_md5_;
  std::vector<TargetReport> reports_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  AsioTurnstile turnstile_;
  std::size_t next_target_ = 0;
  std::size_t workers_ = 0;
  bool interrupted_ = false;
  std::list<std::function<void()>> wakers_;  ///< one for each wait that an interruption must end
};

std::vector<TargetReport> Fleet::run() {
  std::size_t jobs = std::min(options_.jobs, targets_.size());
  if (options_.host_ports.first != 0) {
    // Targets that wait for a port of the range would only wait inside their time limits.
    jobs = std::min<std::size_t>(jobs, options_.host_ports.last - options_.host_ports.first + 1U);
  }
  workers_ = affordable_jobs(jobs);
  if (workers_ == 0) {
    return {};
  }
  signals_.async_wait([this](const error_code& error, int) {
    if (!error) {
      interrupt();
    }
  });
  std::exception_ptr failure;
  const std::size_t count = workers_;
  for (std::size_t i = 0; i < count; ++i) {
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

void Fleet::interrupt() {
  interrupted_ = true;
  signals_.clear();  // a second Ctrl-C ends the process at once
  for (const std::function<void()>& wake : wakers_) {
    wake();
  }
}

asio::awaitable<void> Fleet::work() {
  while (next_target_ < targets_.size()) {
    const std::size_t index = next_target_++;
    const Clock::time_point begin = Clock::now();
    reports_[index].name = targets_[index].name;
    if (interrupted_) {
      reports_[index].error = Error(Errc::Interrupted, "interrupted before it began");
    } else {
      co_await upload(index);
    }
    reports_[index].seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    observer_.on_report(index, reports_[index]);
  }
}

asio::awaitable<void> Fleet::upload(std::size_t index) {
  TargetReport& report = reports_[index];
  const Result<std::vector<address>> addresses = co_await resolve_patiently(targets_[index].host);
  if (!addresses) {
    report.error = addresses.error();
    co_return;
  }
  bool lockstep = options_.lockstep;
  for (unsigned number = 1;; ++number) {
    report.attempts = number;
    report.error = co_await attempt(index, number, *addresses, lockstep);
    if (!report.error || interrupted_) {
      break;
    }
    const std::optional<RetryAdvice> advice = retry_advice(*report.error, number, options_.retries);
    if (!advice) {
      break;
    }
    lockstep = lockstep || advice->lockstep;
    const UploadEvent event = RetryScheduled{number + 1, *report.error, advice->delay, lockstep};
    observer_.on_event(index, event);
    co_await pause(advice->delay);
    if (interrupted_) {
      report.error = Error(Errc::Interrupted, "interrupted while waiting for the next attempt");
      break;
    }
  }
}

asio::awaitable<Result<std::vector<address>>> Fleet::resolve(const std::string& host) {
  udp::resolver resolver(io_);
  const auto cancel = wakers_.insert(wakers_.end(), [&resolver] { resolver.cancel(); });
  Result<std::vector<address>> addresses = co_await resolve_host(resolver, host);
  wakers_.erase(cancel);
  if (interrupted_) {
    co_return fail(Errc::Interrupted, "interrupted while looking up its name");
  }
  co_return addresses;
}

asio::awaitable<Result<std::vector<address>>> Fleet::resolve_patiently(const std::string& host) {
  const Clock::time_point until = Clock::now() + options_.timing.invitation;
  for (;;) {
    Result<std::vector<address>> addresses = co_await resolve(host);
    const bool absent = !addresses && addresses.error().code() == Errc::NotFound;
    if (!absent || !options_.persistent || Clock::now() >= until) {
      co_return addresses;
    }
    co_await pause(Millis(1'000));
  }
}

asio::awaitable<void> Fleet::pause(Millis delay) {
  asio::steady_timer timer(io_, delay);
  const auto cancel = wakers_.insert(wakers_.end(), [&timer] { timer.cancel(); });
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
  wakers_.erase(cancel);
}

asio::awaitable<std::optional<Error>> Fleet::attempt(std::size_t index,
                                                     unsigned number,
                                                     const std::vector<address>& addresses,
                                                     bool lockstep) {
  const Target& target = targets_[index];
  std::optional<Error> error;
  for (const address& device : addresses) {
    LinkOptions where{device,
                      device_ports(target).front(),
                      options_.bind_address,
                      options_.host_ports,
                      options_.any_peer};
    Result<AsioLink> link = AsioLink::open(io_, where);
    reports_[index].address = device.to_string();
    if (!link) {
      error = link.error();
    } else {
      Plan plan = plan_for(target, *link, lockstep);
      plan.timing.invitation /= static_cast<int>(addresses.size());
      const UploadEvent started = AttemptStarted{
          number, device.to_string(), plan.device_ports, link->local_address(), link->host_port()};
      observer_.on_event(index, started);
      Session session(std::move(plan), random_seed());
      const auto waker = wakers_.insert(wakers_.end(), [&link] { link->wake(); });
      const UploadListener listener = [&](const UploadEvent& event) {
        observer_.on_event(index, event);
      };
      error = co_await exchange(*link, session, image_, turnstile_, listener);
      wakers_.erase(waker);
      reports_[index].bytes = session.delivered();
      reports_[index].auth = session.auth();
    }
    if (!error || !address_is_to_blame(*error)) {
      break;
    }
  }
  co_return error;
}

Plan Fleet::plan_for(const Target& target, const AsioLink& link, bool lockstep) const {
  Plan plan;
  plan.command = options_.command;
  plan.image_size = static_cast<std::uint32_t>(image_.size());
  plan.image_md5 = image_md5_;
  plan.host_address = link.local_address();
  plan.host_port = link.host_port();
  plan.device_ports = device_ports(target);
  plan.credentials = target.credentials;
  plan.auth = options_.auth;
  plan.timing = options_.timing;
  plan.persistent = options_.persistent;
  plan.lockstep = lockstep;
  return plan;
}

}  // namespace

std::vector<TargetReport> upload_all(Bytes image,
                                     std::span<const Target> targets,
                                     const UploadOptions& options,
                                     UploadObserver& observer) {
  Fleet fleet(image, targets, options, observer);
  return fleet.run();
}

}  // namespace otatool::espota
