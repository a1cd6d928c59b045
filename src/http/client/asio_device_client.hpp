// Requests to the web server of one device, with the authentication that it asks for. Knows no
// family, and no step of an upload.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>

#include "otatool/delivery/transfer.hpp"
#include "otatool/http/form.hpp"
#include "otatool/http/push.hpp"

#include "http/client/asio_exchange.hpp"
#include "http/client/asio_stream.hpp"

namespace otatool::http {

/// What a GET needs of its answer.
struct GetLimits {
  std::chrono::milliseconds time;  ///< for the connection, and without a byte
  bool header_only = false;
  std::optional<std::chrono::milliseconds> pause = std::nullopt;  ///< see ExchangePlan
};

/// The body of a POST around the image.
struct Upload {
  std::string target;
  std::string referer;  ///< see form_request
  FormContent content;
};

class AsioDeviceClient {
 public:
  /// Every reference must outlive this object.
  AsioDeviceClient(boost::asio::io_context& context,
                   const PushTarget& target,
                   const PushOptions& options,
                   std::shared_ptr<AsioTlsClient> tls,
                   delivery::Listener listener);

  /// `segment_size`: see delivery::open_towards.
  void use(AsioStream::tcp::endpoint device, int segment_size);
  /// Takes a 401 without a challenge for a Basic challenge.
  void assume_basic() { assumes_basic_ = true; }

  /// Status 401 remains if the login is missing or wrong; UnknownChallenge with status 0 if the
  /// scheme is unknown.
  [[nodiscard]] boost::asio::awaitable<ClientResponse> get(std::string target, GetLimits limits);
  /// Reports progress to the listener. A second POST answers a challenge that the first one met.
  [[nodiscard]] boost::asio::awaitable<ClientResponse> post(const Upload& upload, Bytes image);
  /// Ends the running and every later request with Interrupted.
  void interrupt();
  /// Allows requests again.
  void resume() { interrupted_ = false; }

  [[nodiscard]] bool interrupted() const { return interrupted_; }
  [[nodiscard]] bool with_password() const { return scheme_ != AuthScheme::None; }
  [[nodiscard]] delivery::Auth auth() const;
  [[nodiscard]] std::size_t delivered() const { return delivered_; }

 private:
  boost::asio::awaitable<ClientResponse> post_once(const Upload& upload, Bytes image);
  boost::asio::awaitable<ClientResponse> exchange(std::string_view head,
                                                  std::vector<Bytes> body,
                                                  GetLimits limits,
                                                  AsioExchange::OnDelivered on_delivered);
  /// Stores the challenge of a 401 response. False if none is supported.
  [[nodiscard]] bool store_challenge(const ClientResponse& refusal);
  [[nodiscard]] bool is_challenge(const ClientResponse& response) const;
  /// The only scheme that may answer a challenge; nothing: the strongest.
  [[nodiscard]] std::optional<AuthScheme> wanted_scheme() const;
  [[nodiscard]] Error unknown_challenge() const;
  [[nodiscard]] Secret authorization(std::string_view method, std::string_view target);
  void trace_request(std::string_view head) const;
  void trace_response(const ClientResponse& response) const;

  boost::asio::io_context& context_;
  const PushTarget& target_;
  const PushOptions& options_;
  std::shared_ptr<AsioTlsClient> tls_;
  delivery::Listener report_;
  AsioStream::tcp::endpoint device_;
  int segment_size_ = 0;
  bool assumes_basic_ = false;
  std::shared_ptr<AsioExchange> exchange_;  ///< the running exchange
  bool interrupted_ = false;
  std::optional<AuthChallenge> challenge_;
  std::uint32_t answered_ = 0;  ///< number of Digest responses to challenge_
  unsigned stale_nonces_ = 0;
  AuthScheme scheme_ = AuthScheme::None;
  std::size_t delivered_ = 0;
};

/// Whether a 401 response has a challenge.
[[nodiscard]] bool is_challenged(const ClientResponse& response);

}  // namespace otatool::http
