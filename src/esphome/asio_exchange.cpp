#include "esphome/asio_exchange.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otatool/overloaded.hpp"

namespace otatool::esphome {
namespace asio = boost::asio;

namespace {

constexpr Millis kWaitReportInterval{1'000};
constexpr std::size_t kLongestTrace = 8;

delivery::Phase common(Phase phase) {
  switch (phase) {
    case Phase::Greeting:
    case Phase::Authenticating:
      return delivery::Phase::Authenticating;
    case Phase::Preparing:
      return delivery::Phase::Preparing;
    case Phase::Transferring:
      return delivery::Phase::Sending;
    default:
      return delivery::Phase::AwaitingVerdict;
  }
}

/// Short messages in hex; longer ones, which may hold a response, only by their length.
std::string traced(Bytes bytes) {
  return bytes.size() <= kLongestTrace ? to_hex(bytes) : fmt::format("<{} bytes>", bytes.size());
}

/// Reports changes of the session, and events, to the listener.
class Reporter {
 public:
  Reporter(const Session& session, const delivery::Listener& listener)
      : session_(session), listener_(listener) {}

  void report_progress() {
    if (session_.phase() != phase_ && session_.phase() != Phase::Done) {
      phase_ = session_.phase();
      say(delivery::PhaseReached{common(phase_)});
      if (phase_ == Phase::Preparing) {
        say(delivery::Authenticated{auth_of(session_)});
      }
    }
    if (session_.delivered() != delivered_) {
      delivered_ = session_.delivered();
      say(delivery::Progressed{delivered_});
    }
  }
  void report_event(const Event& event) {
    if (const auto* received = std::get_if<BytesReceived>(&event)) {
      say(delivery::Traced{false, traced(as_bytes(received->bytes))});
    } else if (const auto* closed = std::get_if<Closed>(&event)) {
      say(delivery::Traced{false, closed->reset ? "<reset>" : "<end of stream>"});
    }
  }
  void report_sent(Bytes bytes) {
    if (session_.phase() != Phase::Transferring) {
      say(delivery::Traced{true, traced(bytes)});
    }
  }
  void report_wait(Millis left) {
    say(delivery::Waiting{common(session_.phase()), std::max(Millis(0), left)});
  }

 private:
  void say(const delivery::Event& event) { listener_(event); }

  const Session& session_;
  const delivery::Listener& listener_;
  Phase phase_ = Phase::Done;
  std::size_t delivered_ = 0;
};

/// The next event before `deadline`, with a report each second.
asio::awaitable<std::optional<Event>> wait_for_event(AsioLink& link,
                                                     Millis deadline,
                                                     Reporter& reporter) {
  for (;;) {
    std::optional<Event> event =
        co_await link.next_event(std::min(deadline, link.now() + kWaitReportInterval));
    const bool timed_out = event && std::holds_alternative<TimedOut>(*event);
    if (!timed_out || link.now() >= deadline) {
      co_return event;
    }
    reporter.report_wait(deadline - link.now());
  }
}

}  // namespace

delivery::Auth auth_of(const Session& session) {
  switch (session.challenge()) {
    case Challenge::Md5:
      return delivery::Auth::Md5;
    case Challenge::Sha256:
      return delivery::Auth::Sha256;
    default:
      return delivery::Auth::None;
  }
}

asio::awaitable<std::optional<Error>> exchange(AsioLink& link,
                                               Session& session,
                                               const PayloadSource& payload,
                                               const delivery::Listener& listener) {
  Reporter reporter(session, listener);
  Millis deadline{0};
  std::optional<Event> event = Connected{};
  for (;;) {
    const Action action = session.next(*event, link.now());
    reporter.report_progress();
    if (const auto* finish = std::get_if<Finish>(&action)) {
      if (!finish->error) {
        link.close_in_order();
      }
      co_return finish->error;
    }
    if (const auto* choice = std::get_if<ChoosePayload>(&action)) {
      event = payload(choice->gzip);
      continue;
    }
    if (const auto* send = std::get_if<Send>(&action)) {
      link.join_writes(session.phase() == Phase::Transferring);
      reporter.report_sent(send->bytes);
      link.send(send->bytes);
      deadline = send->deadline;
    } else if (const auto* wait = std::get_if<Wait>(&action)) {
      deadline = wait->deadline;
    }
    event = co_await wait_for_event(link, deadline, reporter);
    if (!event) {
      co_return Error(Errc::Interrupted, "interrupted");
    }
    reporter.report_event(*event);
  }
}

}  // namespace otatool::esphome
