#include "http/client/asio_device_client.hpp"

#include <array>
#include <fmt/format.h>
#include <random>

#include "otatool/http/form_request.hpp"

namespace otatool::http {
namespace asio = boost::asio;

namespace {

/// Nonces that a device may call stale: one whose nonces expire at once cannot be used.
constexpr unsigned kMaxStaleNonces = 3;

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

delivery::Phase phase_of(AsioExchange::Wait wait, bool with_image) {
  if (wait == AsioExchange::Wait::ForConnection) {
    return delivery::Phase::Connecting;
  }
  if (!with_image) {
    return delivery::Phase::RequestingPage;
  }
  return wait == AsioExchange::Wait::ForDelivery ? delivery::Phase::Sending
                                                 : delivery::Phase::AwaitingVerdict;
}

delivery::Auth auth_of(AuthScheme scheme) {
  switch (scheme) {
    case AuthScheme::Basic:
      return delivery::Auth::Basic;
    case AuthScheme::Digest:
      return delivery::Auth::Digest;
    case AuthScheme::None:
      break;
  }
  return delivery::Auth::None;
}

}  // namespace

bool is_challenged(const ClientResponse& response) {
  return !response.values("WWW-Authenticate").empty();
}

AsioDeviceClient::AsioDeviceClient(asio::io_context& context,
                                   const PushTarget& target,
                                   const PushOptions& options,
                                   std::shared_ptr<AsioTlsClient> tls,
                                   delivery::Listener listener)
    : context_(context),
      target_(target),
      options_(options),
      tls_(std::move(tls)),
      report_(std::move(listener)) {}

void AsioDeviceClient::use(AsioStream::tcp::endpoint device, int segment_size) {
  device_ = std::move(device);
  segment_size_ = segment_size;
}

delivery::Auth AsioDeviceClient::auth() const {
  return auth_of(scheme_);
}

void AsioDeviceClient::interrupt() {
  interrupted_ = true;
  if (exchange_) {
    exchange_->interrupt();
  }
}

asio::awaitable<ClientResponse> AsioDeviceClient::get(std::string target, GetLimits limits) {
  Url url = target_.url;
  url.target = std::move(target);
  while (stale_nonces_ <= kMaxStaleNonces) {
    const Secret proof = authorization("GET", url.target);
    const bool with_password = scheme_ != AuthScheme::None;
    Secret head(page_request(url, proof.reveal()));
    std::vector<Bytes> no_body;
    AsioExchange::OnDelivered ignored = [](std::size_t) {};
    ClientResponse response =
        co_await exchange(head.reveal(), std::move(no_body), limits, std::move(ignored));
    if (response.status != 401 || !target_.login || !is_challenge(response)) {
      co_return response;
    }
    const auto challenge = choose_challenge(response, wanted_scheme());
    const bool stale = challenge && challenge->stale;
    if (with_password && !stale) {
      co_return response;
    }
    stale_nonces_ += stale ? 1 : 0;
    if (!store_challenge(response)) {
      response.status = 0;
      response.error = unknown_challenge();
      co_return response;
    }
  }
  ClientResponse never;
  never.error =
      Error(Errc::DeviceRefused, fmt::format("the device called {} nonces stale", stale_nonces_));
  co_return never;
}

std::optional<AuthScheme> AsioDeviceClient::wanted_scheme() const {
  return !options_.auth && target_.digest_only ? AuthScheme::Digest : options_.auth;
}

Error AsioDeviceClient::unknown_challenge() const {
  return target_.digest_only && !options_.auth
             ? Error(Errc::UnknownChallenge,
                     "the device wants the password in plain text, and only its announcement says "
                     "what it is")
             : Error(Errc::UnknownChallenge,
                     "the device asks for a password with an unsupported scheme");
}

bool AsioDeviceClient::is_challenge(const ClientResponse& response) const {
  return is_challenged(response) || assumes_basic_;
}

bool AsioDeviceClient::store_challenge(const ClientResponse& refusal) {
  challenge_ = choose_challenge(refusal, wanted_scheme());
  answered_ = 0;
  if (!challenge_ && !is_challenged(refusal) && assumes_basic_ &&
      wanted_scheme() != AuthScheme::Digest) {
    challenge_.emplace();
    challenge_->scheme = AuthScheme::Basic;
  }
  return challenge_.has_value();
}

Secret AsioDeviceClient::authorization(std::string_view method, std::string_view target) {
  if (challenge_ && challenge_->scheme == AuthScheme::Digest) {
    scheme_ = AuthScheme::Digest;
    const std::string cnonce = to_hex(random_seed());
    const DigestRequest request{method, target, cnonce, ++answered_};
    return Secret(digest_authorization(*challenge_, *target_.login, request));
  }
  if (target_.login && (challenge_ || wanted_scheme() == AuthScheme::Basic)) {
    scheme_ = AuthScheme::Basic;
    return basic_authorization(*target_.login);
  }
  scheme_ = AuthScheme::None;
  return {};
}

asio::awaitable<ClientResponse> AsioDeviceClient::post(const Upload& upload, Bytes image) {
  const bool knew_challenge = challenge_.has_value();
  ClientResponse response = co_await post_once(upload, image);
  if (response.status == 401 && target_.login && !knew_challenge && is_challenge(response) &&
      scheme_ == AuthScheme::None) {
    // The page is public and only the POST is protected.
    if (store_challenge(response)) {
      response = co_await post_once(upload, image);
    } else {
      response.status = 0;
      response.error = unknown_challenge();
      response.all_delivered = false;
    }
  }
  co_return response;
}

asio::awaitable<ClientResponse> AsioDeviceClient::post_once(const Upload& upload, Bytes image) {
  Url url = target_.url;
  url.target = upload.target;
  const Form form = make_form(upload.content, boundary_for(image));
  const Secret proof = authorization("POST", url.target);
  const Secret head(form_request(url, proof.reveal(), form, image.size(), upload.referer));
  report_(delivery::Authenticated{auth_of(scheme_)});
  report_(delivery::PhaseReached{delivery::Phase::Sending});
  delivered_ = 0;
  const std::size_t before = head.reveal().size() + form.head.size();
  const std::size_t total = before + image.size() + form.tail.size();
  std::vector<Bytes> body = {as_bytes(form.head), image, as_bytes(form.tail)};
  AsioExchange::OnDelivered on_delivered =
      [this, before, total, size = image.size()](std::size_t count) {
        const std::size_t now = count > before ? std::min(count - before, size) : 0;
        if (now > delivered_) {
          delivered_ = now;
          report_(delivery::Progressed{delivered_});
        }
        if (count == total) {
          report_(delivery::PhaseReached{delivery::Phase::AwaitingVerdict});
        }
      };
  const GetLimits limits{.time = options_.timing.response};
  ClientResponse response =
      co_await exchange(head.reveal(), std::move(body), limits, std::move(on_delivered));
  co_return response;
}

asio::awaitable<ClientResponse> AsioDeviceClient::exchange(std::string_view head,
                                                           std::vector<Bytes> body,
                                                           GetLimits limits,
                                                           AsioExchange::OnDelivered on_delivered) {
  const bool with_image = !body.empty();
  const std::size_t image_begin = with_image ? head.size() + body[0].size() : 0;
  const std::size_t image_size = with_image ? body[1].size() : 0;
  body.insert(body.begin(), as_bytes(head));
  ExchangePlan plan{device_,
                    std::move(body),
                    limits.time,
                    with_image ? options_.timing.stall : limits.time,
                    limits.header_only,
                    limits.pause,
                    image_begin,
                    image_size};
  trace_request(head);
  auto stream = make_stream(context_, tls_, target_.url.host);
  stream->prepare(options_.local, segment_size_);
  AsioExchange::OnWait on_wait = [this, with_image](AsioExchange::Wait wait, auto left) {
    report_(delivery::Waiting{phase_of(wait, with_image), left});
  };
  exchange_ = std::make_shared<AsioExchange>(
      context_, std::move(stream), std::move(plan), std::move(on_delivered), std::move(on_wait));
  if (interrupted_) {
    exchange_->interrupt();
  }
  ClientResponse response = co_await exchange_->perform();
  exchange_.reset();
  trace_response(response);
  co_return response;
}

void AsioDeviceClient::trace_request(std::string_view head) const {
  report_(delivery::Traced{true, redacted(head)});
}

void AsioDeviceClient::trace_response(const ClientResponse& response) const {
  if (response.status == 0) {
    return;
  }
  std::string text = fmt::format("status {}", response.status);
  for (const auto& [name, value] : response.fields) {
    text += fmt::format(" | {}: {}", name, value);
  }
  report_(delivery::Traced{false, std::move(text)});
}

}  // namespace otatool::http
