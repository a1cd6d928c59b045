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

asio::awaitable<bool> Connection::make(TextPieces& pieces,
                                       std::string& text,
                                       PageMemory::Share& share) {
  while (pieces.append_next(text)) {
    // Twice: the text is copied when it is sent.
    if (!share.take(2 * text.size() + pieces.memory())) {
      co_return false;
    }
    if (pieces.ready()) {
      co_await asio::post(serving_.logins.executor(), asio::use_awaitable);
    } else {
      co_await pause(kUntilReady);
    }
    deadline_.on_progress();
  }
  co_return share.take(2 * text.size());
}

asio::awaitable<void> Connection::make(Response& response, PageMemory::Share& share) {
  if (!response.pieces) {
    co_return;
  }
  if (co_await make(*response.pieces, response.text, share)) {
    response.length = response.text.size();
    co_return;
  }
  Response refusal = plain_response(503, "too many pages at once, try again later");
  refusal.fields.push_back({"Retry-After", "10"});
  refusal.with_body = response.with_body;
  refusal.account.device = response.account.device;
  refusal.account.path = response.account.path;
  response = std::move(refusal);
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
    PageMemory::Share memory(serving_.pages);
    if (!co_await make(*round, text, memory)) {
      break;
    }
    if (text.empty() && begun - told >= kSilence) {
      text = ":\n\n";
    }
    if (!text.empty()) {
      sent = co_await stream_->write(text, false);
      bytes += text.size();
      told = begun;
      text.clear();
    }
    static_cast<void>(memory.take(0));
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
