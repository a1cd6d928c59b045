// One attempt to upload an image through a device's form: requests the page, authenticates, sends
// the image and reads the verdict. One device, no retries.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>

#include "otatool/http/form.hpp"
#include "otatool/http/push.hpp"

#include "http/client/asio_exchange.hpp"
#include "http/client/asio_stream.hpp"

namespace otatool::http {

class AsioFormUpload {
 public:
  using Report = std::function<void(const PushEvent&)>;

  /// Every reference must outlive this object.
  AsioFormUpload(boost::asio::io_context& context,
                 const PushTarget& target,
                 const PushOptions& options,
                 std::shared_ptr<AsioTlsClient> tls,
                 Report report);

  /// Nothing if the device accepted the image. `segment_size` is for
  /// AsioStream::limit_segments, 0 for no limit.
  [[nodiscard]] boost::asio::awaitable<std::optional<Error>> send(AsioStream::tcp::endpoint device,
                                                                  Bytes image,
                                                                  int segment_size);
  /// Ends the attempt with Interrupted.
  void interrupt();

  [[nodiscard]] AuthScheme scheme() const { return scheme_; }
  [[nodiscard]] std::size_t delivered() const { return delivered_; }

 private:
  boost::asio::awaitable<std::optional<Error>> request_page(AsioStream::tcp::endpoint device);
  boost::asio::awaitable<ClientResponse> post(AsioStream::tcp::endpoint device, Bytes image);
  boost::asio::awaitable<ClientResponse> exchange(AsioStream::tcp::endpoint device,
                                                  std::string_view head,
                                                  std::vector<Bytes> body,
                                                  AsioExchange::OnDelivered on_delivered);
  /// Stores the challenge of a 401 response. An error without a supported challenge or a password.
  std::optional<Error> store_challenge(const ClientResponse& refusal);
  [[nodiscard]] Secret authorization(std::string_view method);
  [[nodiscard]] std::optional<Error> verdict(const ClientResponse& response,
                                             std::size_t image_size) const;
  void trace_request(std::string_view head) const;
  void trace_response(const ClientResponse& response) const;

  boost::asio::io_context& context_;
  const PushTarget& target_;
  const PushOptions& options_;
  std::shared_ptr<AsioTlsClient> tls_;
  int segment_size_ = 0;
  Report report_;
  std::shared_ptr<AsioExchange> exchange_;  ///< the running exchange
  bool interrupted_ = false;
  std::optional<AuthChallenge> challenge_;
  std::uint32_t answered_ = 0;  ///< number of Digest responses to challenge_
  AuthScheme scheme_ = AuthScheme::None;
  std::size_t delivered_ = 0;
};

}  // namespace otatool::http
