#include "espota/asio_exchange.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "otatool/overloaded.hpp"

namespace otatool::espota {
namespace asio = boost::asio;

namespace {

constexpr Millis kWaitReportInterval{1'000};
/// Addresses of strangers to report; anybody can send datagrams from many.
constexpr std::size_t kMostReported = 16;

/// `datagram` for the trace, without nonces and responses.
std::string redacted(std::string_view datagram) {
  wire::Challenge challenge{};
  if (wire::parse_challenge(datagram.data(), datagram.size(), challenge)) {
    return fmt::format("AUTH <nonce of {} characters>", challenge.nonce_length);
  }
  if (datagram.starts_with("200 ")) {
    return "200 <cnonce> <response>";
  }
  return std::string(datagram.substr(0, datagram.find_last_not_of("\r\n") + 1));
}

delivery::Phase phase_of(Phase phase) {
  switch (phase) {
    case Phase::Inviting:
      return delivery::Phase::Inviting;
    case Phase::Authenticating:
      return delivery::Phase::Authenticating;
    case Phase::AwaitingConnection:
      return delivery::Phase::AwaitingConnection;
    case Phase::Transferring:
      return delivery::Phase::Sending;
    case Phase::AwaitingVerdict:
    case Phase::Done:
      break;
  }
  return delivery::Phase::AwaitingVerdict;
}

void trace(const delivery::Listener& listener, bool sent, std::string text) {
  const delivery::Event event = delivery::Traced{sent, std::move(text)};
  listener(event);
}

/// Reports changes of the session, and events, to the listener.
class Reporter {
 public:
  Reporter(const Session& session, const delivery::Listener& listener)
      : session_(session), listener_(listener) {}

  void report_progress() {
    if (session_.phase() != phase_ && session_.phase() != Phase::Done) {
      phase_ = session_.phase();
      const delivery::Event event = delivery::PhaseReached{phase_of(phase_)};
      listener_(event);
      report_auth();
    }
    if (session_.kept() != 0 && !std::exchange(kept_reported_, true)) {
      const delivery::Event event = delivery::Resumed{session_.kept()};
      listener_(event);
    }
    if (session_.delivered() != delivered_) {
      delivered_ = session_.delivered();
      const delivery::Event event = delivery::Progressed{delivered_};
      listener_(event);
    }
  }

  void report_event(const Event& event) {
    if (const auto* datagram = std::get_if<DatagramReceived>(&event)) {
      trace(listener_, false, redacted(datagram->bytes));
    } else if (const auto* bytes = std::get_if<BytesReceived>(&event)) {
      trace(listener_, false, bytes->bytes);
    } else if (const auto* closed = std::get_if<Closed>(&event)) {
      trace(listener_, false, closed->reset ? "<reset>" : "<end of stream>");
    } else if (const auto* port = std::get_if<PortUnreachable>(&event)) {
      trace(listener_, false, fmt::format("<ICMP: UDP port {} is closed>", port->port));
    } else if (const auto* unsent = std::get_if<SendRefused>(&event)) {
      trace(listener_, true, fmt::format("<not sent: {}>", unsent->reason));
    } else if (const auto* peer = std::get_if<PeerRefused>(&event)) {
      report_once({true, peer->address});
    } else if (const auto* reply = std::get_if<ReplyIgnored>(&event)) {
      report_once({false, reply->address});
    }
  }

 private:
  /// The device has accepted the authentication when it connects or announces that it will.
  void report_auth() {
    if (!auth_reported_ && (phase_ == Phase::AwaitingConnection || phase_ == Phase::Transferring)) {
      auth_reported_ = true;
      const delivery::Event event = delivery::Authenticated{auth_of(session_.auth())};
      listener_(event);
    }
  }

  /// A device with two addresses sends from the other one again and again.
  void report_once(const delivery::StrangerRefused& refused) {
    if (reported_.size() < kMostReported &&
        reported_.emplace(refused.connection, refused.address).second) {
      const delivery::Event event = refused;
      listener_(event);
    }
  }

  const Session& session_;
  const delivery::Listener& listener_;
  std::set<std::pair<bool, std::string>> reported_;  ///< refused connections and replies
  Phase phase_ = Phase::Done;
  bool auth_reported_ = false;
  bool kept_reported_ = false;
  std::size_t delivered_ = 0;
};

/// Performs `action`, which must not be Finish. Returns the deadline for the next event.
Millis perform(AsioLink& link,
               const Action& action,
               Bytes image,
               const delivery::Listener& listener) {
  return std::visit(Overloaded{
                        [&](const SendDatagram& datagram) {
                          trace(listener, true, redacted(datagram.bytes));
                          link.send(datagram);
                          return datagram.deadline;
                        },
                        [&](const SendChunk& chunk) {
                          if (!chunk.line.empty()) {
                            trace(listener, true, redacted(chunk.line));
                          }
                          link.send_chunk(chunk.line, image.subspan(chunk.offset, chunk.size));
                          return chunk.deadline;
                        },
                        [&](const Wait& wait) { return wait.deadline; },
                        [&](const Finish&) { return Millis(0); },
                    },
                    action);
}

void send_cancellation(AsioLink& link, const Session& session, const delivery::Listener& listener) {
  if (const std::optional<SendDatagram> cancellation = session.cancellation()) {
    trace(listener, true, redacted(cancellation->bytes));
    link.send(*cancellation);
  }
}

}  // namespace

delivery::Auth auth_of(wire::AuthHash hash) {
  switch (hash) {
    case wire::AuthHash::Md5:
      return delivery::Auth::Md5;
    case wire::AuthHash::Sha256:
      return delivery::Auth::Sha256;
    case wire::AuthHash::None:
      break;
  }
  return delivery::Auth::None;
}

asio::awaitable<std::optional<Error>> exchange(AsioLink& link,
                                               Session& session,
                                               Bytes image,
                                               delivery::FairYield& fair_yield,
                                               const delivery::Listener& listener) {
  Reporter reporter(session, listener);
  Event event = Started{};
  for (;;) {
    const Action action = session.next(event, link.now());
    reporter.report_progress();
    if (const auto* finish = std::get_if<Finish>(&action)) {
      if (finish->error) {
        send_cancellation(link, session, listener);
      } else {
        link.close_in_order();
      }
      co_return finish->error;
    }
    const Millis deadline = perform(link, action, image, listener);
    std::optional<Event> happened;
    for (;;) {
      happened = co_await link.next_event(std::min(deadline, link.now() + kWaitReportInterval));
      const bool timed_out = happened && std::holds_alternative<TimedOut>(*happened);
      if (!timed_out || link.now() >= deadline) {
        break;
      }
      const delivery::Event waiting = delivery::Waiting{
          phase_of(session.phase()), std::max(Millis(0), session.limit() - link.now())};
      listener(waiting);
    }
    if (!happened) {
      send_cancellation(link, session, listener);
      co_return Error(Errc::Interrupted, "interrupted");
    }
    event = std::move(*happened);
    reporter.report_event(event);
    if (std::holds_alternative<DatagramReceived>(event)) {
      // A response may need a slow key derivation; let other devices' data out before it.
      co_await fair_yield.wait();
    }
  }
}

}  // namespace otatool::espota
