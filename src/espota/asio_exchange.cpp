#include "espota/asio_exchange.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "otatool/overloaded.hpp"

namespace otatool::espota {
namespace asio = boost::asio;

namespace {

constexpr Millis kWaitReportInterval{1'000};

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

void trace(const UploadListener& listener, bool sent, std::string text) {
  const UploadEvent event = Traced{sent, std::move(text)};
  listener(event);
}

/// Reports changes of the session, and events, to the listener.
class Reporter {
 public:
  Reporter(const Session& session, const UploadListener& listener)
      : session_(session), listener_(listener) {}

  void report_progress() {
    if (session_.phase() != phase_ || session_.auth() != auth_) {
      phase_ = session_.phase();
      auth_ = session_.auth();
      const UploadEvent event = PhaseReached{phase_, auth_};
      listener_(event);
    }
    if (session_.delivered() != delivered_) {
      delivered_ = session_.delivered();
      const UploadEvent event = Progressed{delivered_};
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
      report_once(peer->address, ConnectionRefused{peer->address});
    } else if (const auto* reply = std::get_if<ReplyIgnored>(&event)) {
      report_once(reply->address, ReplyRefused{reply->address});
    }
  }

 private:
  /// A device with two addresses sends from the other one again and again.
  void report_once(const std::string& address, const UploadEvent& event) {
    if (reported_.emplace(event.index(), address).second) {
      listener_(event);
    }
  }

  const Session& session_;
  const UploadListener& listener_;
  std::set<std::pair<std::size_t, std::string>> reported_;  ///< refused connections and replies
  Phase phase_ = Phase::Done;
  wire::AuthHash auth_ = wire::AuthHash::None;
  std::size_t delivered_ = 0;
};

/// Performs `action`, which must not be Finish. Returns the deadline for the next event.
Millis perform(AsioLink& link, const Action& action, Bytes image, const UploadListener& listener) {
  return std::visit(Overloaded{
                        [&](const SendDatagram& datagram) {
                          trace(listener, true, redacted(datagram.bytes));
                          link.send(datagram);
                          return datagram.deadline;
                        },
                        [&](const SendChunk& chunk) {
                          link.send_chunk(image.subspan(chunk.offset, chunk.size));
                          return chunk.deadline;
                        },
                        [&](const Wait& wait) { return wait.deadline; },
                        [&](const Finish&) { return Millis(0); },
                    },
                    action);
}

void send_cancellation(AsioLink& link, const Session& session, const UploadListener& listener) {
  if (const std::optional<SendDatagram> cancellation = session.cancellation()) {
    trace(listener, true, redacted(cancellation->bytes));
    link.send(*cancellation);
  }
}

}  // namespace

asio::awaitable<std::optional<Error>> exchange(AsioLink& link,
                                               Session& session,
                                               Bytes image,
                                               FairYield& fair_yield,
                                               const UploadListener& listener) {
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
      const UploadEvent waiting =
          Waiting{session.phase(), std::max(Millis(0), session.limit() - link.now())};
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
