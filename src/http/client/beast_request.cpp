#include "http/client/beast_request.hpp"

#include <limits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>

#include "http/client/beast_sink_body.hpp"

namespace otatool::http {
namespace beast = boost::beast;

namespace {

constexpr std::uint32_t kLargestRequestHeader = 8192;

std::string text_of(beast::string_view view) {
  return {view.data(), view.size()};
}

}  // namespace

class RequestReader::State {
 public:
  explicit State(BodySink sink) {
    parser_.header_limit(kLargestRequestHeader);
    parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
    parser_.eager(true);
    parser_.get().body() = [sink = std::move(sink)](Bytes bytes) {
      sink(bytes);
      return true;
    };
  }

  Result<void> feed(Bytes bytes) {
    pending_.append(as_text(bytes));
    while (!pending_.empty() && !parser_.is_done()) {
      beast::error_code error;
      const std::size_t count = parser_.put(boost::asio::buffer(pending_), error);
      pending_.erase(0, count);
      if (error == beast::http::error::need_more || (!error && count == 0)) {
        break;
      }
      if (error) {
        return fail(Errc::DeviceRefused, "the request is not HTTP: " + error.message());
      }
    }
    return {};
  }

  [[nodiscard]] const auto& parser() const { return parser_; }

 private:
  beast::http::request_parser<BeastSinkBody> parser_;
  std::string pending_;
};

RequestReader::RequestReader(BodySink sink) : state_(std::make_unique<State>(std::move(sink))) {}
RequestReader::~RequestReader() = default;

Result<void> RequestReader::feed(Bytes bytes) {
  return state_->feed(bytes);
}

bool RequestReader::has_header() const {
  return state_->parser().is_header_done();
}

bool RequestReader::complete() const {
  return state_->parser().is_done();
}

std::string RequestReader::method() const {
  return text_of(state_->parser().get().method_string());
}

std::string RequestReader::target() const {
  return text_of(state_->parser().get().target());
}

std::string RequestReader::field(std::string_view name) const {
  const auto& header = state_->parser().get();
  const auto found = header.find(beast::string_view(name.data(), name.size()));
  return found == header.end() ? std::string() : text_of(found->value());
}

std::optional<std::uint64_t> RequestReader::content_length() const {
  const auto length = state_->parser().content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

}  // namespace otatool::http
