#include <atomic>
#include <chrono>
#include <csignal>
#include <deque>
#include <unistd.h>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/mdns/browse.hpp"

#include "mdns/asio/asio_links.hpp"
#include "mdns/avahi/avahi_source.hpp"
#include "mdns/message/packet_text.hpp"
#include "mdns/search/querier.hpp"
#include "mdns/search/search_plan.hpp"

namespace otatool::mdns {
namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

/// Events that wait for next(). Packets beyond that are lost, as if the network had lost them.
constexpr std::size_t kMostEvents = 256;
/// Handlers that next() runs after its event, for the operations that it has cancelled.
constexpr int kHandlersAfterEvent = 4;
/// News of avahi-daemon that wait for next().
constexpr std::size_t kMostNews = 1'024;

/// How often a watch looks for new and removed interfaces.
constexpr Millis kInterfaceInterval{5'000};

/// The addresses in the form in which the querier compares them.
Result<std::vector<std::string>> canonical(const std::vector<std::string>& hosts) {
  std::vector<std::string> addresses;
  for (const std::string& host : hosts) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) {
      return fail(Errc::Usage, "'" + host + "' is not an IP address");
    }
    addresses.push_back(address.to_string());
  }
  return addresses;
}

BrowseEvent event_of(DeviceChange change) {
  switch (change.change) {
    case Change::Found:
      return DeviceFound{std::move(change.device)};
    case Change::Changed:
      return DeviceChanged{std::move(change.device)};
    case Change::Lost:
      break;
  }
  return DeviceLost{std::move(change.device)};
}

}  // namespace

class Browser::State {
 public:
  State(const BrowseOptions& options, Querier::Plan plan)
      : options_(options),
        querier_(std::move(plan)),
        links_(
            io_,
            options.mdns_port,
            [this](const PacketReceived& received) { return take(received); },
            [this](std::string address) { take_refusal(std::move(address)); },
            [this](std::string text) { push(BrowseWarning{std::move(text)}); }),
        signals_(io_),
        timer_(io_),
        interface_timer_(io_),
        limit_timer_(io_) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    daemon_.reset();  // it posts to the members below
  }

  Result<void> open();
  BrowseEvent next(std::optional<Millis> limit, int input);

  [[nodiscard]] std::vector<Device> devices() const { return querier_.devices(now()); }
  [[nodiscard]] std::vector<LinkReport> links() const { return links_.reports(); }

 private:
  [[nodiscard]] Millis now() const {
    return std::chrono::duration_cast<Millis>(Clock::now() - began_);
  }
  void push(BrowseEvent event) { events_.push_back(std::move(event)); }
  Result<void> open_links();
  void open_daemon();
  void on_daemon(const AvahiNews& news);
  AsioLinks::Taken take(const PacketReceived& received);
  void take_refusal(std::string address);
  bool advance(const QuerierEvent& event);
  void arm(Millis deadline);
  void watch_interfaces();
  void refresh_interfaces();
  void watch_input(int input);
  void end(bool interrupted);

  BrowseOptions options_;
  asio::io_context io_{1};
  Querier querier_;
  AsioLinks links_;
  asio::signal_set signals_;
  asio::steady_timer timer_;
  asio::steady_timer interface_timer_;
  asio::steady_timer limit_timer_;
  std::unique_ptr<asio::posix::stream_descriptor> input_;
  int input_number_ = -1;
  Clock::time_point began_ = Clock::now();
  std::deque<BrowseEvent> events_;
  std::atomic<std::size_t> waiting_news_ = 0;
  std::unique_ptr<AvahiSource> daemon_;
  bool started_ = false;
  bool ended_ = false;
};

Result<void> Browser::State::open() {
  TRY_VOID(links_.open_unicast(options_.interfaces.size() == 1 ? options_.interfaces.front() : ""));
  if (options_.hosts.empty()) {
    TRY_VOID(open_links());
  }
  error_code ignored;
  signals_.add(SIGINT, ignored);
  signals_.add(SIGTERM, ignored);
  signals_.async_wait([this](const error_code& error, int) {
    if (!error) {
      end(true);
    }
  });
  return {};
}

Result<void> Browser::State::open_links() {
  TRY(const auto interfaces, usable_interfaces(options_.interfaces));
  if (options_.backend != Backend::Avahi) {
    links_.refresh(interfaces);
    querier_.set_links(links_.links());
    if (links_.links().empty() && !options_.watch) {
      return fail(Errc::NetworkFailed, "no network interface that is up supports multicast");
    }
    if (options_.watch) {
      watch_interfaces();
    }
  }
  if (options_.backend != Backend::Native) {
    open_daemon();
  }
  return {};
}

void Browser::State::open_daemon() {
  daemon_ = AvahiSource::start(options_.types, options_.interfaces, [this](AvahiNews news) {
    if (waiting_news_ < kMostNews || news.failure) {
      ++waiting_news_;
      asio::post(io_, [this, news = std::move(news)] {
        --waiting_news_;
        on_daemon(news);
      });
    }
  });
}

void Browser::State::on_daemon(const AvahiNews& news) {
  if (ended_) {
    return;
  }
  if (!news.failure) {
    if (news.answer) {
      advance(*news.answer);
    }
  } else if (options_.backend == Backend::Avahi) {
    push(BrowseFailed{*news.failure, news.library_missing});
    ended_ = true;
  } else if (options_.trace) {
    push(BrowseTraced{"avahi-daemon is not used: " + news.failure->message()});
  }
}

AsioLinks::Taken Browser::State::take(const PacketReceived& received) {
  using enum AsioLinks::Taken;
  if (ended_) {
    return Used;
  }
  if (events_.size() >= kMostEvents) {
    return Lost;
  }
  if (options_.trace) {
    push(BrowseTraced{describe_received(received)});
  }
  return advance(received) ? Used : Dropped;
}

void Browser::State::take_refusal(std::string address) {
  if (ended_ || events_.size() >= kMostEvents) {
    return;
  }
  if (options_.trace) {
    push(BrowseTraced{"from " + address + ": <ICMP: the mDNS port is closed>"});
  }
  advance(PortClosed{std::move(address)});
}

/// True if the packet was used.
bool Browser::State::advance(const QuerierEvent& event) {
  Step step = querier_.next(event, now());
  for (const Transmission& transmission : step.transmissions) {
    if (options_.trace) {
      push(BrowseTraced{describe_sent(transmission, links_.name_of(transmission.link))});
    }
    links_.send(transmission);
  }
  for (DeviceChange& change : step.changes) {
    push(event_of(std::move(change)));
  }
  if (step.without_responder) {
    push(ResponderMissing{options_.hosts[*step.without_responder]});
  }
  if (step.done) {
    end(false);
  } else {
    arm(step.deadline);
  }
  return !step.dropped;
}

void Browser::State::arm(Millis deadline) {
  timer_.expires_at(began_ + deadline);
  timer_.async_wait([this](const error_code& error) {
    if (!error && !ended_) {
      advance(Tick{});
    }
  });
}

void Browser::State::watch_interfaces() {
  interface_timer_.expires_after(kInterfaceInterval);
  interface_timer_.async_wait([this](const error_code& error) {
    if (error || ended_) {
      return;
    }
    refresh_interfaces();
    watch_interfaces();
  });
}

/// A requested interface may be absent for some time, which is no error here.
void Browser::State::refresh_interfaces() {
  auto interfaces = usable_interfaces({});
  if (!interfaces) {
    return;
  }
  const auto& names = options_.interfaces;
  std::erase_if(*interfaces, [&names](const Interface& each) {
    return !names.empty() && std::ranges::find(names, each.name) == names.end();
  });
  if (links_.refresh(*interfaces)) {
    querier_.set_links(links_.links());
  }
}

void Browser::State::end(bool interrupted) {
  if (!ended_) {
    ended_ = true;
    push(BrowseEnded{interrupted});
  }
}

/// assign() fails for files and /dev/null, which can always be read.
void Browser::State::watch_input(int input) {
  if (input_number_ != input) {
    input_ = std::make_unique<asio::posix::stream_descriptor>(io_);
    input_number_ = input;
    const int copy = dup(input);
    error_code error;
    input_->assign(copy, error);
    if (error) {
      close(copy);
    }
  }
  if (!input_->is_open()) {
    push(InputReady{});
    return;
  }
  input_->async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (!error) {
      push(InputReady{});
    }
  });
}

BrowseEvent Browser::State::next(std::optional<Millis> limit, int input) {
  if (!started_) {
    started_ = true;
    advance(Tick{});
  }
  if (events_.empty() && ended_) {
    return BrowseEnded{};
  }
  if (events_.empty() && limit) {
    limit_timer_.expires_after(*limit);
    limit_timer_.async_wait([this](const error_code& error) {
      if (!error) {
        push(TimePassed{});
      }
    });
  }
  if (events_.empty() && input >= 0) {
    watch_input(input);
  }
  io_.restart();
  while (events_.empty()) {
    io_.run_one();
  }
  limit_timer_.cancel();
  if (input_) {
    error_code ignored;
    input_->cancel(ignored);
  }
  // In a flood of packets poll() would never return.
  for (int i = 0; i < kHandlersAfterEvent; ++i) {
    io_.poll_one();
  }
  BrowseEvent event = std::move(events_.front());
  events_.pop_front();
  // The time of this call does not concern the next one.
  std::erase_if(events_,
                [](const BrowseEvent& each) { return std::holds_alternative<TimePassed>(each); });
  return event;
}

Browser::Browser(std::unique_ptr<State> state) : state_(std::move(state)) {}
Browser::Browser(Browser&&) noexcept = default;
Browser& Browser::operator=(Browser&&) noexcept = default;
Browser::~Browser() = default;

Result<Browser> Browser::open(const BrowseOptions& options) {
  TRY(auto plan, plan_search(options));
  TRY(auto hosts, canonical(options.hosts));
  plan.hosts = std::move(hosts);
  auto state = std::make_unique<State>(options, std::move(plan));
  TRY_VOID(state->open());
  return Browser(std::move(state));
}

BrowseEvent Browser::next(std::optional<Millis> limit, int input) {
  return state_->next(limit, input);
}

std::vector<Device> Browser::devices() const {
  return state_->devices();
}

std::vector<LinkReport> Browser::links() const {
  return state_->links();
}

}  // namespace otatool::mdns
