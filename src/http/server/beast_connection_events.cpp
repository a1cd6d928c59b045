// Texts in pieces and server-sent events of a connection.
#include <algorithm>
#include <poll.h>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/server/beast_connection.hpp"

namespace otatool::http {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// While a text waits for something else.
constexpr std::chrono::milliseconds kUntilReady{50};
/// Between two rounds of events: so many times as long as a round takes, within these limits.
constexpr int kShareOfRounds = 20;
constexpr Clock::duration kShortestPause = std::chrono::seconds(1);
constexpr Clock::duration kLongestPause = std::chrono::seconds(5);
/// Without an event; a comment then shows that the connection works.
constexpr std::chrono::seconds kSilence{15};
/// For a client that does not read, when the server stops.
constexpr std::chrono::milliseconds kTimeToEnd{1000};

}  // namespace

asio::awaitable<void> Connection::pause(Clock::duration time) {
  boost::system::error_code ended;
  pause_.expires_after(time);
  co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

asio::awaitable<void> Connection::make(TextPieces& pieces, std::string& text) {
  while (pieces.append_next(text)) {
    if (pieces.ready()) {
      co_await asio::post(serving_.logins.executor(), asio::use_awaitable);
    } else {
      co_await pause(kUntilReady);
    }
    deadline_.on_progress();
  }
}

bool Connection::is_abandoned() {
  pollfd socket{stream_->socket().native_handle(), POLLRDHUP, 0};
  return poll(&socket, 1, 0) > 0;
}

asio::awaitable<void> Connection::send_events(const Response& response, bool http11) {
  phase_ = Phase::Streaming;
  std::string text = response_head(response, http11, false, current_->record.time);
  const std::size_t head = text.size();
  std::uint64_t bytes = 0;
  Clock::time_point told = Clock::now();
  bool sent = true;
  while (sent && !serving_.stopping && !is_abandoned()) {
    const Clock::time_point begun = Clock::now();
    const std::shared_ptr<TextPieces> round = response.feed->next();
    co_await make(*round, text);
    if (text.empty() && begun - told >= kSilence) {
      text = ":\n\n";
    }
    if (!text.empty()) {
      sent = co_await stream_->write(text, false);
      bytes += text.size();
      told = begun;
      text.clear();
    }
    const Clock::duration rest =
        std::clamp(kShareOfRounds * (Clock::now() - begun), kShortestPause, kLongestPause);
    deadline_.at = Clock::now() + rest + deadline_.stall;
    if (sent && !serving_.stopping) {
      co_await pause(rest);
    }
  }
  current_->record.bytes = bytes - std::min<std::uint64_t>(bytes, head);
  end_response(sent, false);
}

void Connection::stop_events() {
  if (phase_ == Phase::Streaming) {
    pause_.cancel();
    deadline_.set(kTimeToEnd);
  }
}

}  // namespace otatool::http
