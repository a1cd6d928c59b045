// One attempt to give a device an image through its form: looks at the page, proves the password,
// sends, and judges the answer. Knows one device and no retries.
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

class AsioFormVisit {
 public:
  using Tell = std::function<void(const PushEvent&)>;

  /// Everything that is passed by reference outlives the visit.
  AsioFormVisit(boost::asio::io_context& context,
                const PushTarget& target,
                const PushOptions& options,
                std::shared_ptr<AsioTlsClient> tls,
                Tell tell);

  /// Nothing when the device took the image.
  [[nodiscard]] boost::asio::awaitable<std::optional<Error>> send(AsioStream::tcp::endpoint device,
                                                                  Bytes image);
  /// Ends it with Interrupted.
  void interrupt();

  [[nodiscard]] AuthScheme scheme() const { return scheme_; }
  [[nodiscard]] std::size_t delivered() const { return delivered_; }

 private:
  boost::asio::awaitable<std::optional<Error>> look_at_page(AsioStream::tcp::endpoint device);
  boost::asio::awaitable<ClientAnswer> post(AsioStream::tcp::endpoint device, Bytes image);
  boost::asio::awaitable<ClientAnswer> exchange(AsioStream::tcp::endpoint device,
                                                std::string_view head,
                                                std::vector<Bytes> body,
                                                AsioExchange::OnDelivered on_delivered);
  /// Takes the challenge of a refusal. An error when it cannot be answered.
  std::optional<Error> take_challenge(const ClientAnswer& refusal);
  [[nodiscard]] Secret authorization(std::string_view method);
  [[nodiscard]] std::optional<Error> judge(const ClientAnswer& answer,
                                           std::size_t image_size) const;
  void trace_request(std::string_view head) const;
  void trace_answer(const ClientAnswer& answer) const;

  boost::asio::io_context& context_;
  const PushTarget& target_;
  const PushOptions& options_;
  std::shared_ptr<AsioTlsClient> tls_;
  Tell tell_;
  std::shared_ptr<AsioExchange> exchange_;  ///< the one under way
  bool interrupted_ = false;
  std::optional<AuthChallenge> challenge_;
  std::uint32_t answered_ = 0;  ///< how often
  AuthScheme scheme_ = AuthScheme::None;
  std::size_t delivered_ = 0;
};

}  // namespace otatool::http
