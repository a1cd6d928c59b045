#include "http/server/beast_connection.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "otatool/unix_time.hpp"

#include "http/rules/request_head.hpp"

namespace otatool::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::size_t kReadSize = 4096;
/// Bytes of a form that changes something.
constexpr std::uint64_t kLargestForm = 4096;
/// Time and bytes that a client may use after the last response before it closes.
constexpr std::chrono::milliseconds kLingerTime{2000};
constexpr std::size_t kLingerBytes = std::size_t{1} << 20U;
/// Responses not yet acknowledged; a client that pipelines more must connect again.
constexpr std::size_t kMostPending = 64;
/// Pipelined requests answered before other connections get a turn.
constexpr unsigned kMostInARow = 8;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

class Connection::Parser : public beast::http::request_parser<beast::http::empty_body> {
 public:
  /// Those of the complete head.
  [[nodiscard]] const std::vector<HeaderField>& fields() const { return fields_; }
  /// What the complete head is.
  [[nodiscard]] Head head() {
    fields_.reserve(kUsualFields);
    for (const auto& field : get()) {
      fields_.push_back({view(field.name_string()), view(field.value())});
    }
    if (!has_certain_length(fields_, get().version() >= 11)) {
      return Head::UncertainLength;
    }
    return has_body() ? Head::WithBody : Head::Complete;
  }
  [[nodiscard]] bool has_body() const { return chunked() || content_length().value_or(0) != 0; }

 private:
  static constexpr std::size_t kUsualFields = 16;
  std::vector<HeaderField> fields_;
};

namespace {

/// Continues after the event loop has served the others.
boost::asio::awaitable<void> let_others_run(const boost::asio::any_io_executor& executor) {
  co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

}  // namespace

Connection::Connection(Serving& serving, const boost::asio::ip::address& peer, Entrance entrance)
    : serving_(serving),
      peer_(peer),
      entrance_(entrance),
      client_(client_address(peer)),
      pause_(serving.logins.executor()) {
  deadline_.stall = serving.options.stall_time;
  deadline_.set(serving.options.head_time);
}

Connection::~Connection() {
  report_all(false);
}

boost::asio::awaitable<void> Connection::serve() {
  bool keep = co_await open();
  for (unsigned count = 1; keep; ++count) {
    Parser parser;
    const Head head = co_await read_head(parser);
    if (head == Head::Gone || !stream_->trusted()) {
      break;
    }
    const bool get = view(parser.get().method_string()) == "GET";
    if (head == Head::Complete || (head == Head::WithBody && !get)) {
      keep = co_await respond(parser);
      if (keep && !input_.empty() && count % kMostInARow == 0) {
        // Other clients get a turn between pipelined requests.
        co_await let_others_run(serving_.logins.executor());
      }
    } else {
      co_await refuse(head);
      keep = false;
    }
  }
  co_await end();
}

boost::asio::awaitable<bool> Connection::open() {
  if (serving_.proxies.contains(peer_)) {
    const Stream::Beginning beginning = co_await stream_->take_proxy_header();
    input_ = beginning.rest;
    error_code error;
    const std::string& client = beginning.header.client;
    const auto address = client.empty() ? peer_ : boost::asio::ip::make_address(client, error);
    if (beginning.header.kind == ProxyHeader::Kind::Malformed || error) {
      co_return false;
    }
    peer_ = plain_address(address);
    client_ = client_address(peer_);
  }
  co_return co_await stream_->open();
}

boost::asio::awaitable<void> Connection::refuse_service() {
  if (co_await open()) {
    started_ = std::chrono::steady_clock::now();
    Response response = plain_response(503, "too many connections, try again later");
    response.fields.push_back({"Retry-After", "10"});
    begin_record(response, "-");
    co_await send(response, true, false);
  }
  co_await end();
}

boost::asio::awaitable<Connection::Head> Connection::read_head(Parser& parser) {
  parser.header_limit(static_cast<std::uint32_t>(serving_.options.largest_head));
  parser.eager(false);
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  bool line_checked = false;
  std::array<char, kReadSize> buffer{};
  while (true) {
    if (!line_checked) {
      input_.erase(0, leading_line_ends(input_));
      const RequestLine line = check_request_line(input_, serving_.options.largest_head);
      if (line == RequestLine::Malformed || line == RequestLine::TooLong) {
        co_return line == RequestLine::Malformed ? Head::Malformed : Head::TargetTooLong;
      }
      line_checked = line == RequestLine::Valid;
    }
    if (!input_.empty()) {
      error_code error;
      const std::size_t used = parser.put(boost::asio::buffer(input_), error);
      input_.erase(0, used);
      if (parser.is_header_done()) {
        co_return parser.head();
      }
      if (error == beast::http::error::header_limit) {
        co_return line_checked ? Head::TooLarge : Head::TargetTooLong;
      }
      if (error && error != beast::http::error::need_more) {
        co_return Head::Malformed;
      }
    }
    const std::size_t got = co_await stream_->read_some(buffer);
    if (got == 0) {
      report_all(!stream_->broken());
      co_return Head::Gone;
    }
    report_delivered();
    if (phase_ == Phase::Waiting) {
      deadline_.set(serving_.options.head_time);
      phase_ = Phase::Reading;
    }
    input_.append(buffer.data(), got);
  }
}

boost::asio::awaitable<bool> Connection::respond(Parser& parser) {
  started_ = std::chrono::steady_clock::now();
  phase_ = Phase::Responding;
  deadline_.on_progress();
  const std::vector<HeaderField>& fields = parser.fields();
  const auto& message = parser.get();
  Request request{.method = view(message.method_string()),
                  .target = view(message.target()),
                  .fields = fields,
                  .http11 = message.version() >= 11,
                  .entrance = entrance_};
  std::optional<std::string> form;
  if (serving_.site.takes_form(request)) {
    form = co_await read_form(parser);
    if (!form) {
      co_await refuse(Head::WithBody);
      co_return false;
    }
    request.body = *form;
  }
  if (!serving_.proxies.empty()) {
    client_ = serving_.proxies.client(peer_, fields);
  }
  const LoginResult login = co_await log_in(request);
  Response response = serving_.site.respond(request, login);
  PageMemory::Share memory(serving_.pages);
  co_await make(response, memory);
  report_delivered();
  client_closes_ = !message.keep_alive() && !parser.has_body();
  const bool keep_alive = message.keep_alive() && !parser.has_body() && !serving_.stopping &&
                          sent_.size() < kMostPending;
  begin_record(response, request.method);
  if (serving_.options.keep_texts) {
    current_->record.texts = request_texts(request, message.version());
  }
  if (response.feed && response.with_body) {
    co_await send_events(response, message.version() >= 11);
    co_return false;
  }
  const bool sent = co_await send(response, message.version() >= 11, keep_alive);
  if (sent && keep_alive && !serving_.stopping) {
    phase_ = input_.empty() ? Phase::Waiting : Phase::Reading;
    deadline_.set(phase_ == Phase::Waiting ? serving_.options.idle_time
                                           : serving_.options.head_time);
    co_return true;
  }
  co_return false;
}

boost::asio::awaitable<std::optional<std::string>> Connection::read_form(Parser& parser) {
  const std::uint64_t length = parser.content_length().value_or(0);
  if (parser.chunked() || length > kLargestForm) {
    co_return std::nullopt;
  }
  std::array<char, kReadSize> buffer{};
  while (input_.size() < length) {
    const std::size_t got = co_await stream_->read_some(buffer);
    if (got == 0) {
      co_return std::nullopt;
    }
    input_.append(buffer.data(), got);
  }
  std::string form = input_.substr(0, length);
  input_.erase(0, length);
  co_return form;
}

boost::asio::awaitable<LoginResult> Connection::log_in(const Request& request) {
  const Guard guard = serving_.site.guard_of(request);
  const auto authorization = find_field(request.fields, "Authorization");
  if (guard.users == nullptr || !authorization) {
    co_return LoginResult();
  }
  const LoginAttempt attempt{
      .guard = guard, .address = client_.network, .authorization = *authorization};
  const LoginResult login = co_await serving_.logins.check(attempt);
  deadline_.on_progress();
  co_return login;
}

boost::asio::awaitable<bool> Connection::send(const Response& response,
                                              bool http11,
                                              bool keep_alive) {
  std::string head = response_head(response, http11, keep_alive, unix_time());
  const bool body = response.with_body && response.length > 0;
  if (body && !response.content) {
    head += response.text;
  }
  bool sent = co_await stream_->write(head, body && response.content);
  if (sent && body && response.content) {
    const std::uint64_t bytes =
        co_await stream_->send(*response.content, response.first, response.length);
    current_->record.bytes = bytes;
    sent = bytes == response.length;
  } else if (sent && body) {
    current_->record.bytes = response.length;
  }
  // Only the delivery of images is worth waiting for.
  end_response(sent, body && response.content);
  co_return sent;
}

boost::asio::awaitable<void> Connection::refuse(Head head) {
  started_ = std::chrono::steady_clock::now();
  phase_ = Phase::Responding;
  client_ = client_address(peer_);
  const Response response =
      head == Head::TargetTooLong ? plain_response(414, "the target is too long")
      : head == Head::TooLarge    ? plain_response(431, "the request is too large")
      : head == Head::UncertainLength
          ? plain_response(400, "the Transfer-Encoding is not 'chunked' alone")
      : head == Head::WithBody ? plain_response(413, "requests with a body are not allowed")
                               : plain_response(400, "not an HTTP request");
  begin_record(response, "-");
  co_await send(response, true, false);
}

boost::asio::awaitable<void> Connection::end() {
  phase_ = Phase::Ending;
  if (stream_->broken()) {
    report_all(false);
    co_return;
  }
  if (client_closes_ && sent_.empty() && input_.empty() && stream_->can_close_at_once()) {
    co_return;
  }
  stream_->finish();
  deadline_.set(sent_.empty() ? kLingerTime : serving_.options.stall_time);
  std::array<char, kReadSize> buffer{};
  // Read what the client still sends: closing with unread data would reset the connection and lose
  // the response.
  for (std::size_t total = 0; total < kLingerBytes;) {
    const std::size_t got = co_await stream_->read_some(buffer);
    if (got == 0) {
      break;
    }
    total += got;
  }
  report_all(!stream_->broken());
}

void Connection::begin_record(const Response& response, std::string_view method) {
  current_.emplace();
  current_->started = started_;
  RequestRecord& record = current_->record;
  record.client = client_.text;
  record.method = method;
  record.status = response.status;
  record.time = unix_time();
  record.account = response.account;
  if (record.account.image) {
    serving_.observer.on_download_started(record);
  }
}

void Connection::end_response(bool sent, bool wait_for_delivery) {
  report_delivered();
  PendingRequest request = std::move(*current_);
  current_.reset();
  if (sent && wait_for_delivery) {
    request.end = stream_->written();
    sent_.push_back(std::move(request));
  } else {
    report(request, sent);
  }
}

void Connection::report(PendingRequest& request, bool complete) {
  const auto took = std::chrono::steady_clock::now() - request.started;
  request.record.complete = complete;
  request.record.seconds = std::chrono::duration<double>(took).count();
  serving_.observer.on_request(request.record);
}

void Connection::report_delivered() {
  auto first = sent_.begin();
  for (; first != sent_.end() && stream_->delivered(first->end); ++first) {
    report(*first, true);
  }
  sent_.erase(sent_.begin(), first);
}

void Connection::report_all(bool delivered) {
  for (PendingRequest& request : sent_) {
    report(request, delivered);
  }
  sent_.clear();
  if (current_) {
    report(*current_, false);
    current_.reset();
  }
}

void Connection::on_tick(std::chrono::steady_clock::time_point now) {
  if (phase_ != Phase::Ending) {
    report_delivered();
  } else if (!sent_.empty() && stream_->delivered() && !std::exchange(delivered_, true)) {
    // A client that closes now has read everything; a client that resets has not.
    deadline_.set(serving_.stopping ? std::chrono::milliseconds(0) : kLingerTime);
  }
  const bool late = now >= deadline_.at;
  const bool ended = late && phase_ == Phase::Ending && stream_->delivered();
  if (ended || (serving_.stopping && idle())) {
    close();
  } else if (late) {
    break_off();
  }
}

void Connection::break_off() {
  stream_->break_off();
}

void Connection::close() {
  report_all(stream_->delivered());
  stream_->cancel();
}

}  // namespace otatool::http
