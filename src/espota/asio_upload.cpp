#include <memory>
#include <random>
#include <stop_token>
#include <utility>

#include "otatool/espota/digest.hpp"
#include "otatool/espota/upload.hpp"

#include "delivery/asio_presence.hpp"
#include "delivery/asio_worker_pool.hpp"
#include "espota/asio_exchange.hpp"
#include "espota/asio_link.hpp"
#include "espota/asio_look.hpp"
#include "espota/asio_question.hpp"

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

/// What all targets have in common.
struct Job {
  Bytes image;
  std::string image_md5;
  UploadOptions options;
};

class EspotaDelivery final : public delivery::Delivery {
 public:
  EspotaDelivery(std::shared_ptr<const Job> job, Target target)
      : job_(std::move(job)), target_(std::move(target)) {}

  [[nodiscard]] std::string name() const override { return target_.name; }
  [[nodiscard]] delivery::Destination destination() const override { return {target_.host}; }
  [[nodiscard]] asio::awaitable<std::optional<Error>> attempt(
      delivery::Attempt attempt, delivery::Surroundings surroundings) override;
  [[nodiscard]] std::string via() const override { return "espota"; }
  [[nodiscard]] asio::awaitable<delivery::Sight> look(delivery::Attempt attempt,
                                                      delivery::Surroundings surroundings) override;
  /// False: only an invitation would find out, and an invitation begins an update.
  [[nodiscard]] asio::awaitable<bool> recognises(delivery::Attempt /*attempt*/,
                                                 delivery::Surroundings /*surroundings*/) override {
    co_return false;
  }
  [[nodiscard]] Millis longest_attempt() const override {
    const Timing& timing = job_->options.timing;
    return timing.invitation + timing.connection + timing.stall + timing.verdict +
           delivery::slowest_transfer(job_->image.size());
  }
  /// An ESP32 accepts an image that is too large for its partition and then never connects
  /// (espota.md 2.1). Another attempt only repeats the wait.
  [[nodiscard]] std::optional<delivery::RetryAdvice> retry(const Error& error,
                                                           unsigned attempt,
                                                           unsigned retries) const override {
    const bool too_large = error.code() == Errc::NoConnectionBack &&
                           job_->image.size() > kDefaultAppPartition &&
                           may_be_esp32(target_, device_ports(target_).front());
    return too_large ? std::nullopt : delivery::retry_advice(error, attempt, retries);
  }
  /// The last retry uses lock-step, as espota.py does.
  [[nodiscard]] bool lockstep(bool last_retry) const override {
    return job_->options.lockstep || last_retry;
  }

 private:
  [[nodiscard]] LinkOptions link_options(const delivery::Attempt& attempt) const;
  [[nodiscard]] Plan plan_for(const AsioLink& link, Bytes content) const;
  [[nodiscard]] bool may_patch() const {
    return job_->options.patch_from && target_.takes_patches && !patch_refused_ &&
           job_->options.command == wire::Command::Flash;
  }
  /// The difference update for what the device runs.
  [[nodiscard]] asio::awaitable<std::optional<std::vector<std::uint8_t>>> choose_patch(
      delivery::Attempt attempt, delivery::Surroundings surroundings);
  /// Sends the image or a difference update.
  [[nodiscard]] asio::awaitable<std::optional<Error>> send(delivery::Attempt attempt,
                                                           delivery::Surroundings surroundings,
                                                           Bytes content);

  std::shared_ptr<const Job> job_;
  Target target_;
  bool patch_refused_ = false;
  bool may_resume_ = true;
};

bool is_refusal(const Error& error) {
  return error.code() == Errc::DeviceReported || error.code() == Errc::DeviceRefused;
}

asio::awaitable<std::optional<std::vector<std::uint8_t>>> EspotaDelivery::choose_patch(
    delivery::Attempt attempt, delivery::Surroundings surroundings) {
  std::optional<RunningImage> running = co_await ask_running(
      surroundings.pool.io(), link_options(attempt), device_ports(target_), attempt.stop);
  co_return running ? job_->options.patch_from(*running) : std::nullopt;
}

asio::awaitable<std::optional<Error>> EspotaDelivery::attempt(delivery::Attempt attempt,
                                                              delivery::Surroundings surroundings) {
  surroundings.report.before = target_.before;
  const bool only_patches = job_->options.only_patches;
  if (may_patch()) {
    const auto patch = co_await choose_patch(attempt, surroundings);
    if (patch) {
      const delivery::Event chosen = delivery::PatchChosen{patch->size()};
      surroundings.listener(chosen);
      std::optional<Error> error = co_await send(attempt, surroundings, *patch);
      if (!error || !is_refusal(*error) || only_patches) {
        co_return error;
      }
      patch_refused_ = true;
      const delivery::Event refused = delivery::PatchRefused{*error};
      surroundings.listener(refused);
    }
  }
  if (only_patches) {
    co_return Error(Errc::OtherImage,
                    "the device applies no difference update, or no base image is what it runs");
  }
  co_return co_await send(attempt, surroundings, job_->image);
}

asio::awaitable<std::optional<Error>> EspotaDelivery::send(delivery::Attempt attempt,
                                                           delivery::Surroundings surroundings,
                                                           Bytes content) {
  const UploadOptions& options = job_->options;
  delivery::WorkerPool& pool = surroundings.pool;
  Result<AsioLink> link = AsioLink::open(pool.io(), link_options(attempt));
  if (!link) {
    co_return link.error();
  }
  Plan plan = plan_for(*link, content);
  plan.lockstep = lockstep(attempt.last_retry);
  if (may_resume_) {
    plan.prefix_md5 = [content](std::uint32_t bytes) { return md5_hex(content.first(bytes)); };
  }
  // A device that dropped the connection may be rebooting; its port is closed until it is up.
  plan.persistent = options.persistent || attempt.number > 1;
  plan.timing.invitation /= static_cast<int>(attempt.addresses);
  const delivery::Event started = delivery::AttemptStarted{attempt.number,
                                                           attempt.address.to_string(),
                                                           plan.device_ports,
                                                           link->local_address(),
                                                           link->host_port()};
  surroundings.listener(started);
  Session session(std::move(plan), random_seed());
  const std::stop_callback on_stop(attempt.stop, [&link] { link->interrupt(); });
  std::optional<Error> error =
      co_await exchange(*link, session, content, pool.fair_yield(), surroundings.listener);
  surroundings.report.bytes = session.delivered() - session.kept();
  // Whatever the device kept then, it did not get the image from it.
  may_resume_ =
      may_resume_ && !(session.kept() != 0 && error && error->code() == Errc::DeviceReported);
  surroundings.report.auth = auth_of(session.auth());
  co_return error;
}

LinkOptions EspotaDelivery::link_options(const delivery::Attempt& attempt) const {
  const UploadOptions& options = job_->options;
  return {attempt.address,
          device_ports(target_).front(),
          options.local,
          options.host_ports,
          options.any_peer,
          attempt.small_segments};
}

asio::awaitable<delivery::Sight> EspotaDelivery::look(delivery::Attempt attempt,
                                                      delivery::Surroundings surroundings) {
  asio::io_context& io = surroundings.pool.io();
  delivery::Sight sight;
  sight.state =
      co_await look_at_device(io, link_options(attempt), device_ports(target_), attempt.stop);
  if (sight.state == delivery::Sight::State::Closed || !target_.tell ||
      attempt.stop.stop_requested()) {
    co_return sight;
  }
  if (auto told = co_await delivery::ask(io, target_.tell, attempt.address.to_string())) {
    sight = {delivery::Sight::State::Up, std::move(*told)};
  }
  co_return sight;
}

Plan EspotaDelivery::plan_for(const AsioLink& link, Bytes content) const {
  Plan plan;
  plan.command = job_->options.command;
  plan.image_size = static_cast<std::uint32_t>(content.size());
  plan.image_md5 = content.data() == job_->image.data() ? job_->image_md5 : md5_hex(content);
  plan.host_address = link.local_address();
  plan.host_port = link.host_port();
  plan.device_ports = device_ports(target_);
  for (const std::uint16_t port : plan.device_ports) {
    if (may_be_esp32(target_, port)) {
      plan.queueing_ports.push_back(port);
    }
  }
  plan.credentials = target_.credentials;
  plan.auth = job_->options.auth;
  plan.timing = job_->options.timing;
  return plan;
}

}  // namespace

delivery::Deliveries deliveries(Bytes image,
                                std::span<const Target> targets,
                                const UploadOptions& options) {
  const auto job = std::make_shared<const Job>(Job{image, md5_hex(image), options});
  delivery::Deliveries all;
  for (const Target& target : targets) {
    all.push_back(std::make_shared<EspotaDelivery>(job, target));
  }
  return all;
}

}  // namespace otatool::espota
