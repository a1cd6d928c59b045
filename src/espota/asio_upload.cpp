#include <algorithm>
#include <random>
#include <utility>

#include "otatool/espota/digest.hpp"
#include "otatool/espota/upload.hpp"

#include "delivery/asio_crew.hpp"
#include "espota/asio_exchange.hpp"
#include "espota/asio_link.hpp"
#include "espota/asio_turnstile.hpp"

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

class Fleet final : public delivery::AsioWay {
 public:
  Fleet(Bytes image,
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
  asio::awaitable<std::optional<Error>> attempt(delivery::AsioCrew& crew,
                                                std::size_t index,
                                                delivery::Attempt attempt) override;
  void on_retry(std::size_t target,
                unsigned number,
                const Error& reason,
                const delivery::RetryAdvice& advice) override;
  void on_end(std::size_t target) override { observer_.on_report(target, reports_[target]); }

 private:
  /// The last retry goes in lock-step, as espota.py does it.
  [[nodiscard]] bool lockstep(bool last_retry) const { return options_.lockstep || last_retry; }
  [[nodiscard]] Plan plan_for(const Target& target, const AsioLink& link) const;

  Bytes image_;
  std::span<const Target> targets_;
  const UploadOptions& options_;
  UploadObserver& observer_;
  std::string image_md5_;
  std::vector<TargetReport> reports_;
  std::optional<AsioTurnstile> turnstile_;
};

std::vector<TargetReport> Fleet::run() {
  delivery::CrewOptions options{options_.jobs, options_.retries};
  if (options_.host_ports.first != 0) {
    // Targets that wait for a port of the range would only wait inside their time limits.
    options.jobs = std::min<std::size_t>(options.jobs,
                                         options_.host_ports.last - options_.host_ports.first + 1U);
  }
  if (options_.persistent) {
    options.name_patience = options_.timing.invitation;
  }
  delivery::AsioCrew crew(*this, options);
  turnstile_.emplace(crew.io());
  crew.run(targets_.size());
  turnstile_.reset();
  return std::move(reports_);
}

void Fleet::on_retry(std::size_t target,
                     unsigned number,
                     const Error& reason,
                     const delivery::RetryAdvice& advice) {
  const UploadEvent event = RetryScheduled{number, reason, advice.delay, lockstep(advice.last)};
  observer_.on_event(target, event);
}

asio::awaitable<std::optional<Error>> Fleet::attempt(delivery::AsioCrew& crew,
                                                     std::size_t index,
                                                     delivery::Attempt attempt) {
  const Target& target = targets_[index];
  const LinkOptions where{attempt.address,
                          device_ports(target).front(),
                          options_.bind_address,
                          options_.host_ports,
                          options_.any_peer};
  Result<AsioLink> link = AsioLink::open(crew.io(), where);
  if (!link) {
    co_return link.error();
  }
  Plan plan = plan_for(target, *link);
  plan.lockstep = lockstep(attempt.last_retry);
  // Whoever broke off may be starting up again: until then nothing listens at its port.
  plan.persistent = options_.persistent || attempt.number > 1;
  plan.timing.invitation /= static_cast<int>(attempt.addresses);
  const UploadEvent started = AttemptStarted{attempt.number,
                                             attempt.address.to_string(),
                                             plan.device_ports,
                                             link->local_address(),
                                             link->host_port()};
  observer_.on_event(index, started);
  Session session(std::move(plan), random_seed());
  const delivery::Waker waker = crew.at_interruption([&link] { link->wake(); });
  const UploadListener listener = [&](const UploadEvent& event) {
    observer_.on_event(index, event);
  };
  std::optional<Error> error = co_await exchange(*link, session, image_, *turnstile_, listener);
  reports_[index].bytes = session.delivered();
  reports_[index].auth = session.auth();
  co_return error;
}

Plan Fleet::plan_for(const Target& target, const AsioLink& link) const {
  Plan plan;
  plan.command = options_.command;
  plan.image_size = static_cast<std::uint32_t>(image_.size());
  plan.image_md5 = image_md5_;
  plan.host_address = link.local_address();
  plan.host_port = link.host_port();
  plan.device_ports = device_ports(target);
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
  Fleet fleet(image, targets, options, observer);
  return fleet.run();
}

}  // namespace otatool::espota
