#include "http/client/beast_response.hpp"

#include <fmt/format.h>
#include <limits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>

#include "http/client/beast_sink_body.hpp"

namespace otatool::http {
namespace beast = boost::beast;
using beast::error_code;

namespace {

constexpr std::uint32_t kLargestResponseHeader = 8192;
/// Bytes that the parser may leave: a header, or the line before a chunk.
constexpr std::size_t kLargestUnparsed = std::size_t{2} * kLargestResponseHeader;
/// A device sends one response of status 100 at most; a proxy may add some.
constexpr unsigned kMaxInterimResponses = 16;

}  // namespace

class ResponseReader::State {
 public:
  explicit State(BodySink sink) : sink_(std::move(sink)) { renew(); }

  Result<void> feed(Bytes bytes) {
    pending_.append(as_text(bytes));
    while (!pending_.empty() && !parser_->is_done() && !stopped_) {
      error_code error;
      const std::size_t count = parser_->put(boost::asio::buffer(pending_), error);
      pending_.erase(0, count);
      if (error == beast::http::error::need_more || (!error && count == 0)) {
        break;
      }
      if (error == beast::http::error::body_limit) {
        stopped_ = true;
      } else if (error) {
        return fail(Errc::DeviceRefused, "the response is not HTTP: " + error.message());
      }
      if (parser_->is_done() && parser_->get().result_int() / 100 == 1) {
        renew();
        if (++interim_responses_ > kMaxInterimResponses) {
          return fail(Errc::DeviceRefused,
                      fmt::format("the device sent {} interim responses and no final one",
                                  interim_responses_));
        }
      }
    }
    if (pending_.size() > kLargestUnparsed) {
      return fail(Errc::DeviceRefused, "the response has an endless line");
    }
    return {};
  }

  Result<void> end() {
    if (complete()) {
      return {};
    }
    error_code error;
    if (parser_->is_header_done()) {
      parser_->put_eof(error);
    }
    if (error || !parser_->is_done()) {
      return fail(Errc::ConnectionClosed, "the connection was closed within the response");
    }
    return {};
  }

  [[nodiscard]] bool complete() const { return stopped_ || parser_->is_done(); }
  [[nodiscard]] const auto& parser() const { return *parser_; }

 private:
  void renew() {
    parser_.emplace();
    parser_->header_limit(kLargestResponseHeader);
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    parser_->eager(true);
    parser_->get().body() = sink_;
  }

  BodySink sink_;
  std::optional<beast::http::response_parser<BeastSinkBody>> parser_;
  std::string pending_;
  unsigned interim_responses_ = 0;
  bool stopped_ = false;
};

ResponseReader::ResponseReader(BodySink sink) : state_(std::make_unique<State>(std::move(sink))) {}
ResponseReader::~ResponseReader() = default;

Result<void> ResponseReader::feed(Bytes bytes) {
  return state_->feed(bytes);
}

Result<void> ResponseReader::end() {
  return state_->end();
}

bool ResponseReader::has_header() const {
  return state_->parser().is_header_done();
}

bool ResponseReader::complete() const {
  return state_->complete();
}

unsigned ResponseReader::status() const {
  return state_->parser().get().result_int();
}

std::optional<std::uint64_t> ResponseReader::content_length() const {
  const auto length = state_->parser().content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool ResponseReader::chunked() const {
  return state_->parser().chunked();
}

std::vector<HeaderField> ResponseReader::fields() const {
  std::vector<HeaderField> fields;
  for (const auto& field : state_->parser().get()) {
    fields.push_back({std::string_view(field.name_string().data(), field.name_string().size()),
                      std::string_view(field.value().data(), field.value().size())});
  }
  return fields;
}

}  // namespace otatool::http
