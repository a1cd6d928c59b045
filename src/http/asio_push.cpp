#include <algorithm>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <functional>
#include <list>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "otatool/espota/retry.hpp"
#include "otatool/http/push.hpp"

#include "http/asio_form_visit.hpp"

namespace otatool::http {
namespace asio = boost::asio;
using asio::ip::address;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

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
        std::span<const PushTarget> targets,
        const PushOptions& options,
        std::shared_ptr<AsioTlsClient> tls,
        PushObserver& observer)
      : image_(image),
        targets_(targets),
        options_(options),
        tls_(std::move(tls)),
        observer_(observer),
        reports_(targets.size()),
        signals_(io_, SIGINT, SIGTERM) {}

  std::vector<PushReport> run();

 private:
  asio::awaitable<void> work();
  asio::awaitable<void> push(std::size_t index);
  asio::awaitable<Result<std::vector<address>>> resolve(const PushTarget& target);
  asio::awaitable<std::optional<Error>> attempt(std::size_t index,
                                                unsigned number,
                                                const std::vector<address>& addresses);
  asio::awaitable<void> pause(std::chrono::milliseconds delay);
  void interrupt();

  Bytes image_;
  std::span<const PushTarget> targets_;
  const PushOptions& options_;
  std::shared_ptr<AsioTlsClient> tls_;
  PushObserver& observer_;
  std::vector<PushReport> reports_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  std::size_t next_target_ = 0;
  std::size_t workers_ = 0;
  bool interrupted_ = false;
  std::list<std::function<void()>> wakers_;  ///< one for each wait that an interruption must end
};

std::vector<PushReport> Fleet::run() {
  workers_ = std::min(options_.jobs, targets_.size());
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
      co_await push(index);
    }
    reports_[index].seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    observer_.on_report(index, reports_[index]);
  }
}

asio::awaitable<void> Fleet::push(std::size_t index) {
  PushReport& report = reports_[index];
  const Result<std::vector<address>> addresses = co_await resolve(targets_[index]);
  if (!addresses) {
    report.error = addresses.error();
    co_return;
  }
  for (unsigned number = 1;; ++number) {
    report.attempts = number;
    report.error = co_await attempt(index, number, *addresses);
    if (!report.error || interrupted_) {
      break;
    }
    const auto advice = espota::retry_advice(*report.error, number, options_.retries);
    if (!advice) {
      break;
    }
    const PushEvent event = PushRetryScheduled{number + 1, *report.error, advice->delay};
    observer_.on_event(index, event);
    co_await pause(advice->delay);
    if (interrupted_) {
      report.error = Error(Errc::Interrupted, "interrupted while waiting for the next attempt");
      break;
    }
  }
}

asio::awaitable<Result<std::vector<address>>> Fleet::resolve(const PushTarget& target) {
  const std::string& host = target.url.host;
  error_code error;
  std::vector<address> addresses;
  for (const std::string& text : target.addresses) {
    if (const address known = asio::ip::make_address(text, error); !error) {
      addresses.push_back(known);
    }
  }
  if (!addresses.empty()) {
    co_return addresses;
  }
  if (const address literal = asio::ip::make_address(host, error); !error) {
    addresses.push_back(literal);
    co_return addresses;
  }
  tcp::resolver resolver(io_);
  const auto waker = wakers_.insert(wakers_.end(), [&resolver] { resolver.cancel(); });
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto found = co_await resolver.async_resolve(host, "0", token);
  wakers_.erase(waker);
  if (interrupted_) {
    co_return fail(Errc::Interrupted, "interrupted while looking up its name");
  }
  if (error) {
    co_return fail(Errc::NotFound, fmt::format("'{}' does not resolve: {}", host, error.message()));
  }
  for (const auto& entry : found) {
    if (!entry.endpoint().address().is_unspecified()) {
      addresses.push_back(entry.endpoint().address());
    }
  }
  // Most devices speak IPv4 alone.
  std::stable_partition(
      addresses.begin(), addresses.end(), [](const address& one) { return one.is_v4(); });
  if (addresses.empty()) {
    co_return fail(Errc::NotFound, fmt::format("'{}' resolves to no usable address", host));
  }
  co_return addresses;
}

asio::awaitable<void> Fleet::pause(std::chrono::milliseconds delay) {
  asio::steady_timer timer(io_, delay);
  const auto waker = wakers_.insert(wakers_.end(), [&timer] { timer.cancel(); });
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
  wakers_.erase(waker);
}

asio::awaitable<std::optional<Error>> Fleet::attempt(std::size_t index,
                                                     unsigned number,
                                                     const std::vector<address>& addresses) {
  const PushTarget& target = targets_[index];
  PushReport& report = reports_[index];
  std::optional<Error> error;
  for (const address& device : addresses) {
    report.address = device.to_string();
    const PushEvent started = PushStarted{number, report.address};
    observer_.on_event(index, started);
    AsioFormVisit visit(
        io_,
        target,
        options_,
        target.url.secure ? tls_ : nullptr,
        [this, index](const PushEvent& event) { observer_.on_event(index, event); });
    const auto waker = wakers_.insert(wakers_.end(), [&visit] { visit.interrupt(); });
    error = co_await visit.send(tcp::endpoint(device, target.url.port), image_);
    wakers_.erase(waker);
    report.bytes = visit.delivered();
    report.auth = visit.scheme();
    if (!error || !address_is_to_blame(*error)) {
      break;
    }
  }
  co_return error;
}

}  // namespace

Result<std::vector<PushReport>> push_all(Bytes image,
                                         std::span<const PushTarget> targets,
                                         const PushOptions& options,
                                         PushObserver& observer) {
  std::shared_ptr<AsioTlsClient> tls;
  if (std::ranges::any_of(targets, [](const PushTarget& each) { return each.url.secure; })) {
    auto client = make_tls_client(options.tls);
    if (!client) {
      return fail(client.error());
    }
    tls = std::move(*client);
  }
  Fleet fleet(image, targets, options, std::move(tls), observer);
  return fleet.run();
}

}  // namespace otatool::http
