#include "http/client/asio_form_upload.hpp"

#include <array>
#include <fmt/format.h>
#include <random>

#include "otatool/http/form_request.hpp"
#include "otatool/http/form_verdict.hpp"

namespace otatool::http {
namespace asio = boost::asio;

namespace {

std::array<std::uint8_t, kBoundarySeed> random_seed() {
  std::array<std::uint8_t, kBoundarySeed> seed{};
  std::random_device source;
  for (std::uint8_t& byte : seed) {
    byte = static_cast<std::uint8_t>(source());
  }
  return seed;
}

std::string boundary_for(Bytes image) {
  std::string boundary = boundary_from(random_seed());
  while (occurs_in(boundary, image)) {
    boundary = boundary_from(random_seed());
  }
  return boundary;
}

bool is_redirect(unsigned status) {
  return status >= 300 && status < 400 && status != 304;
}

bool is_challenged(const ClientResponse& response) {
  return !response.values("WWW-Authenticate").empty();
}

/// The strongest challenge of a 401 response; only one of `scheme`, if given.
std::optional<AuthChallenge> choose_challenge(const ClientResponse& refusal,
                                              std::optional<AuthScheme> scheme) {
  std::vector<AuthChallenge> challenges;
  for (const std::string& value : refusal.values("WWW-Authenticate")) {
    const auto parsed = parse_challenges(value);
    challenges.insert(challenges.end(), parsed.begin(), parsed.end());
  }
  std::erase_if(challenges, [scheme](const AuthChallenge& challenge) {
    return scheme && challenge.scheme != *scheme;
  });
  return strongest(challenges);
}

/// The request header in one line, with redacted credentials.
std::string redacted(std::string_view head) {
  constexpr std::string_view kField = "Authorization: ";
  std::string text(head);
  if (const std::size_t at = text.find(kField); at != std::string::npos) {
    const std::size_t value = text.find(' ', at + kField.size());
    text.replace(value + 1, text.find('\r', at) - value - 1, "...");
  }
  text.resize(text.find("\r\n\r\n"));
  for (std::size_t at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at)) {
    text.replace(at, 2, " | ");
  }
  return text;
}

}  // namespace

AsioFormUpload::AsioFormUpload(asio::io_context& context,
                               const PushTarget& target,
                               const PushOptions& options,
                               std::shared_ptr<AsioTlsClient> tls,
                               Report report)
    : context_(context),
      target_(target),
      options_(options),
      tls_(std::move(tls)),
      report_(std::move(report)) {}

void AsioFormUpload::interrupt() {
  interrupted_ = true;
  if (exchange_) {
    exchange_->interrupt();
  }
}

asio::awaitable<std::optional<Error>> AsioFormUpload::send(AsioStream::tcp::endpoint device,
                                                           Bytes image,
                                                           int segment_size) {
  segment_size_ = segment_size;
  report_(PushPhaseReached{PushPhase::Connecting});
  std::optional<Error> error = co_await request_page(device);
  if (error) {
    co_return error;
  }
  ClientResponse response = co_await post(device, image);
  const bool knew_challenge = challenge_.has_value();
  if (response.status == 401 && !knew_challenge && is_challenged(response) &&
      scheme_ == AuthScheme::None) {
    // The page is public and only the POST is protected.
    error = store_challenge(response);
    if (error) {
      co_return error;
    }
    response = co_await post(device, image);
  }
  co_return verdict(response, image.size());
}

asio::awaitable<std::optional<Error>> AsioFormUpload::request_page(
    AsioStream::tcp::endpoint device) {
  report_(PushPhaseReached{PushPhase::AskingForPage});
  for (;;) {
    const Secret proof = authorization("GET");
    const bool with_password = scheme_ != AuthScheme::None;
    Secret head(page_request(target_.url, proof.reveal()));
    std::vector<Bytes> no_body;
    AsioExchange::OnDelivered ignored = [](std::size_t) {};
    const ClientResponse response =
        co_await exchange(device, head.reveal(), std::move(no_body), std::move(ignored));
    if (interrupted_ || (response.error && response.status == 0)) {
      co_return response.error;
    }
    if (is_redirect(response.status)) {
      const auto where = response.values("Location");
      co_return Error(Errc::DeviceRefused,
                      fmt::format("the device redirects to '{}'", where.empty() ? "" : where[0]));
    }
    // Some servers have a form without a page at the same path.
    if (response.status != 401) {
      co_return std::nullopt;
    }
    if (!is_challenged(response)) {
      co_return verdict(response, 0);
    }
    const auto challenge = choose_challenge(response, options_.auth);
    const bool stale = challenge && challenge->stale && answered_ == 1;
    if (with_password && !stale) {
      co_return Error(Errc::PasswordRefused, "the device refused the password");
    }
    if (const auto error = store_challenge(response)) {
      co_return error;
    }
  }
}

std::optional<Error> AsioFormUpload::store_challenge(const ClientResponse& refusal) {
  if (!target_.login) {
    return Error(Errc::PasswordNeeded, "the device asks for a password");
  }
  challenge_ = choose_challenge(refusal, options_.auth);
  answered_ = 0;
  if (!challenge_) {
    return Error(Errc::UnknownChallenge,
                 "the device asks for a password with an unsupported scheme");
  }
  return std::nullopt;
}

Secret AsioFormUpload::authorization(std::string_view method) {
  if (challenge_ && challenge_->scheme == AuthScheme::Digest) {
    scheme_ = AuthScheme::Digest;
    const std::string cnonce = to_hex(random_seed());
    const DigestRequest request{method, target_.url.target, cnonce, ++answered_};
    return Secret(digest_authorization(*challenge_, *target_.login, request));
  }
  if (target_.login && (challenge_ || options_.auth == AuthScheme::Basic)) {
    scheme_ = AuthScheme::Basic;
    return basic_authorization(*target_.login);
  }
  scheme_ = AuthScheme::None;
  return {};
}

asio::awaitable<ClientResponse> AsioFormUpload::post(AsioStream::tcp::endpoint device,
                                                     Bytes image) {
  const Form form = make_form(options_.field, options_.file_name, boundary_for(image));
  const Secret proof = authorization("POST");
  const Secret head(form_request(target_.url, proof.reveal(), form, image.size()));
  report_(PushAuthorized{scheme_});
  report_(PushPhaseReached{PushPhase::Sending});
  delivered_ = 0;
  const std::size_t before = head.reveal().size() + form.head.size();
  const std::size_t total = before + image.size() + form.tail.size();
  std::vector<Bytes> body = {as_bytes(form.head), image, as_bytes(form.tail)};
  AsioExchange::OnDelivered on_delivered =
      [this, before, total, size = image.size()](std::size_t count) {
        const std::size_t now = count > before ? std::min(count - before, size) : 0;
        if (now > delivered_) {
          delivered_ = now;
          report_(PushProgressed{delivered_});
        }
        if (count == total) {
          report_(PushPhaseReached{PushPhase::AwaitingVerdict});
        }
      };
  ClientResponse response =
      co_await exchange(device, head.reveal(), std::move(body), std::move(on_delivered));
  co_return response;
}

asio::awaitable<ClientResponse> AsioFormUpload::exchange(AsioStream::tcp::endpoint device,
                                                         std::string_view head,
                                                         std::vector<Bytes> body,
                                                         AsioExchange::OnDelivered on_delivered) {
  const bool with_image = !body.empty();
  body.insert(body.begin(), as_bytes(head));
  const PushTiming& timing = options_.timing;
  ExchangePlan plan{device,
                    std::move(body),
                    timing.response,
                    with_image ? timing.stall : timing.response,
                    !with_image};
  trace_request(head);
  auto stream = make_stream(context_, tls_, target_.url.host);
  stream->limit_segments(segment_size_);
  exchange_ = std::make_shared<AsioExchange>(
      context_, std::move(stream), std::move(plan), std::move(on_delivered));
  if (interrupted_) {
    exchange_->interrupt();
  }
  ClientResponse response = co_await exchange_->perform();
  exchange_.reset();
  trace_response(response);
  co_return response;
}

std::optional<Error> AsioFormUpload::verdict(const ClientResponse& response,
                                             std::size_t image_size) const {
  if (interrupted_) {
    return response.error;
  }
  if (response.status == 0) {
    return response.error && response.all_delivered
               ? Error(Errc::VerdictLost,
                       fmt::format("all {} bytes were delivered, but {}",
                                   image_size,
                                   response.error->message()))
               : response.error;
  }
  auto error = check_response({.status = response.status,
                               .body = response.body,
                               .with_password = scheme_ != AuthScheme::None,
                               .challenged = is_challenged(response),
                               .image_size = image_size});
  if (error && error->code() == Errc::VerdictLost && response.error) {
    error = Error(Errc::VerdictLost, error->message() + "; " + response.error->message());
  }
  return error;
}

void AsioFormUpload::trace_request(std::string_view head) const {
  report_(PushTraced{true, redacted(head)});
}

void AsioFormUpload::trace_response(const ClientResponse& response) const {
  if (response.status == 0) {
    return;
  }
  std::string text = fmt::format("status {}", response.status);
  for (const auto& [name, value] : response.fields) {
    text += fmt::format(" | {}: {}", name, value);
  }
  report_(PushTraced{false, std::move(text)});
}

}  // namespace otatool::http
