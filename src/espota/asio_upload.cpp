#include <algorithm>
#include <random>
#include <stop_token>
#include <utility>

#include "otatool/espota/digest.hpp"
#include "otatool/espota/upload.hpp"

#include "delivery/asio_worker_pool.hpp"
#include "espota/asio_exchange.hpp"
#include "espota/asio_fair_yield.hpp"
#include "espota/asio_link.hpp"

namespace otatool::espota {
namespace asio = boost::asio;

namespace {

CnonceSeed random_seed() {
  CnonceSeed seed{};
  std::random_device source;
  for (std::uint8_t& byte : seed) {
    byte = static_cast<std::uint8_t>(source());
  }
  return seed;
}

bool may_be_esp32(const Target& target, std::uint16_t port) {
  return target.chip == ChipFamily::Esp32 ||
         (target.chip == ChipFamily::Unknown && port != wire::kEsp8266Port);
}

class EspotaTransport final : public delivery::Transport {
 public:
  EspotaTransport(Bytes image,
                  std::span<const Target> targets,
                  const UploadOptions& options,
                  UploadObserver& observer)
      : image_(image),
        targets_(targets),
        options_(options),
        observer_(observer),
        image_md5_(md5_hex(image)),
        reports_(targets.size()) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      reports_[i].name = targets[i].name;
    }
  }

  std::vector<TargetReport> run();

  delivery::Destination destination(std::size_t target) const override {
    return {targets_[target].host};
  }
  TargetReport& report(std::size_t target) override { return reports_[target]; }
  asio::awaitable<std::optional<Error>> attempt(delivery::WorkerPool& pool,
                                                std::size_t index,
                                                delivery::Attempt attempt) override;
  /// An ESP32 accepts an image that is too large for its partition and then never connects
  /// (espota.md 2.1). Another attempt only repeats the wait.
  [[nodiscard]] bool may_retry(std::size_t target, const Error& error) const override {
    return error.code() != Errc::NoConnectionBack || image_.size() <= kDefaultAppPartition ||
           !is_esp32(target);
  }
  void on_retry(std::size_t target,
                unsigned number,
                const Error& reason,
                const delivery::RetryAdvice& advice) override;
  void on_end(std::size_t target) override { observer_.on_report(target, reports_[target]); }

 private:
  /// The last retry uses lock-step, as espota.py does.
  [[nodiscard]] bool lockstep(bool last_retry) const { return options_.lockstep || last_retry; }
  [[nodiscard]] bool is_esp32(std::size_t target) const {
    return may_be_esp32(targets_[target], device_ports(targets_[target]).front());
  }
  [[nodiscard]] Plan plan_for(const Target& target, const AsioLink& link) const;

  Bytes image_;
  std::span<const Target> targets_;
  const UploadOptions& options_;
  UploadObserver& observer_;
  std::string image_md5_;
  std::vector<TargetReport> reports_;
  std::optional<FairYield> fair_yield_;
};

std::vector<TargetReport> EspotaTransport::run() {
  delivery::PoolOptions options{options_.jobs, options_.retries};
  if (options_.host_ports.first != 0) {
    // A target without a free port of the range would use up its time limits while it waits.
    options.jobs = std::min<std::size_t>(options.jobs,
                                         options_.host_ports.last - options_.host_ports.first + 1U);
  }
  if (options_.persistent) {
    options.lookup_time = options_.timing.invitation;
  }
  delivery::WorkerPool pool(*this, options);
  fair_yield_.emplace(pool.io());
  pool.run(targets_.size());
  fair_yield_.reset();
  return std::move(reports_);
}

void EspotaTransport::on_retry(std::size_t target,
                               unsigned number,
                               const Error& reason,
                               const delivery::RetryAdvice& advice) {
  const UploadEvent event =
      RetryScheduled{number, reason, advice.delay, lockstep(advice.last), advice.small_segments};
  observer_.on_event(target, event);
}

asio::awaitable<std::optional<Error>> EspotaTransport::attempt(delivery::WorkerPool& pool,
                                                               std::size_t index,
                                                               delivery::Attempt attempt) {
  const Target& target = targets_[index];
  const LinkOptions where{attempt.address,
                          device_ports(target).front(),
                          options_.bind_address,
                          options_.interface,
                          options_.host_ports,
                          options_.any_peer,
                          attempt.small_segments};
  Result<AsioLink> link = AsioLink::open(pool.io(), where);
  if (!link) {
    co_return link.error();
  }
  Plan plan = plan_for(target, *link);
  plan.lockstep = lockstep(attempt.last_retry);
  // A device that dropped the connection may be rebooting; its port is closed until it is up.
  plan.persistent = options_.persistent || attempt.number > 1;
  plan.timing.invitation /= static_cast<int>(attempt.addresses);
  const UploadEvent started = AttemptStarted{attempt.number,
                                             attempt.address.to_string(),
                                             plan.device_ports,
                                             link->local_address(),
                                             link->host_port()};
  observer_.on_event(index, started);
  Session session(std::move(plan), random_seed());
  const std::stop_callback on_interrupt(pool.interruption(), [&link] { link->interrupt(); });
  const UploadListener listener = [&](const UploadEvent& event) {
    observer_.on_event(index, event);
  };
  std::optional<Error> error = co_await exchange(*link, session, image_, *fair_yield_, listener);
  reports_[index].bytes = session.delivered();
  reports_[index].auth = session.auth();
  co_return error;
}

Plan EspotaTransport::plan_for(const Target& target, const AsioLink& link) const {
  Plan plan;
  plan.command = options_.command;
  plan.image_size = static_cast<std::uint32_t>(image_.size());
  plan.image_md5 = image_md5_;
  plan.host_address = link.local_address();
  plan.host_port = link.host_port();
  plan.device_ports = device_ports(target);
  for (const std::uint16_t port : plan.device_ports) {
    if (may_be_esp32(target, port)) {
      plan.queueing_ports.push_back(port);
    }
  }
  plan.credentials = target.credentials;
  plan.auth = options_.auth;
  plan.timing = options_.timing;
  return plan;
}

}  // namespace

std::vector<TargetReport> upload_all(Bytes image,
                                     std::span<const Target> targets,
                                     const UploadOptions& options,
                                     UploadObserver& observer) {
  EspotaTransport transport(image, targets, options, observer);
  return transport.run();
}

}  // namespace otatool::espota
