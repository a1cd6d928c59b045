#include <algorithm>
#include <stop_token>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "otatool/http/push.hpp"

#include "delivery/asio_worker_pool.hpp"
#include "http/client/asio_form_upload.hpp"

namespace otatool::http {
namespace asio = boost::asio;

namespace {

class FormTransport final : public delivery::Transport {
 public:
  FormTransport(Bytes image,
                std::span<const PushTarget> targets,
                const PushOptions& options,
                std::shared_ptr<AsioTlsClient> tls,
                PushObserver& observer)
      : image_(image),
        targets_(targets),
        options_(options),
        tls_(std::move(tls)),
        observer_(observer),
        reports_(targets.size()) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      reports_[i].name = targets[i].name;
    }
  }

  std::vector<PushReport> run();

  delivery::Destination destination(std::size_t target) const override {
    return {targets_[target].url.host, targets_[target].addresses};
  }
  PushReport& report(std::size_t target) override { return reports_[target]; }
  asio::awaitable<std::optional<Error>> attempt(delivery::WorkerPool& pool,
                                                std::size_t index,
                                                delivery::Attempt attempt) override;
  void on_retry(std::size_t target,
                unsigned number,
                const Error& reason,
                const delivery::RetryAdvice& advice) override;
  void on_end(std::size_t target) override { observer_.on_report(target, reports_[target]); }

 private:
  Bytes image_;
  std::span<const PushTarget> targets_;
  const PushOptions& options_;
  std::shared_ptr<AsioTlsClient> tls_;
  PushObserver& observer_;
  std::vector<PushReport> reports_;
};

std::vector<PushReport> FormTransport::run() {
  delivery::WorkerPool pool(*this, {options_.jobs, options_.retries});
  pool.run(targets_.size());
  return std::move(reports_);
}

void FormTransport::on_retry(std::size_t target,
                             unsigned number,
                             const Error& reason,
                             const delivery::RetryAdvice& advice) {
  const PushEvent event = PushRetryScheduled{number, reason, advice.delay, advice.small_segments};
  observer_.on_event(target, event);
}

asio::awaitable<std::optional<Error>> FormTransport::attempt(delivery::WorkerPool& pool,
                                                             std::size_t index,
                                                             delivery::Attempt attempt) {
  const PushTarget& target = targets_[index];
  const PushEvent started = PushStarted{attempt.number, attempt.address.to_string()};
  observer_.on_event(index, started);
  AsioFormUpload upload(
      pool.io(),
      target,
      options_,
      target.url.secure ? tls_ : nullptr,
      [this, index](const PushEvent& event) { observer_.on_event(index, event); });
  const std::stop_callback on_interrupt(pool.interruption(), [&upload] { upload.interrupt(); });
  const asio::ip::tcp::endpoint device(attempt.address, target.url.port);
  std::optional<Error> error =
      co_await upload.send(device, image_, attempt.small_segments ? delivery::kSmallSegment : 0);
  reports_[index].bytes = upload.delivered();
  reports_[index].auth = upload.scheme();
  co_return error;
}

}  // namespace

Result<std::vector<PushReport>> push_all(Bytes image,
                                         std::span<const PushTarget> targets,
                                         const PushOptions& options,
                                         PushObserver& observer) {
  std::shared_ptr<AsioTlsClient> tls;
  if (std::ranges::any_of(targets, [](const PushTarget& each) { return each.url.secure; })) {
    auto client = make_tls_client(options.tls);
    if (!client) {
      return fail(client.error());
    }
    tls = std::move(*client);
  }
  FormTransport transport(image, targets, options, std::move(tls), observer);
  return transport.run();
}

}  // namespace otatool::http
