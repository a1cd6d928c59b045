#include <algorithm>
#include <stop_token>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/espota/digest.hpp"
#include "otatool/http/push.hpp"
#include "otatool/http/recogniser.hpp"

#include "delivery/asio_presence.hpp"
#include "delivery/asio_worker_pool.hpp"
#include "http/client/asio_form_upload.hpp"
#include "http/client/asio_recognise.hpp"

namespace otatool::http {
namespace asio = boost::asio;

namespace {

/// The first byte of an ESP8266 or ESP32 image that is not packed.
constexpr std::uint8_t kAppMagic = 0xE9;

/// Of a look at the version of a device that may be restarting.
constexpr GetLimits kLookLimits{.time = std::chrono::milliseconds(3'000),
                                .pause = std::chrono::milliseconds(1'000)};

delivery::Identity identity_of(const DeviceIdentity& device) {
  return {device.version, device.build};
}

/// The pool itself says what a look waits for.
delivery::Listener only_traces(const delivery::Listener& listener) {
  return [&listener](const delivery::Event& event) {
    if (std::holds_alternative<delivery::Traced>(event)) {
      listener(event);
    }
  };
}

/// What all targets have in common.
struct Job {
  Bytes image;
  std::string image_md5;
  PushOptions options;
  std::shared_ptr<AsioTlsClient> tls;  ///< null without an https target
};

class FormDelivery final : public delivery::Delivery {
 public:
  FormDelivery(std::shared_ptr<const Job> job, PushTarget target)
      : job_(std::move(job)), target_(std::move(target)) {}

  [[nodiscard]] std::string name() const override { return target_.name; }
  [[nodiscard]] delivery::Destination destination() const override {
    return {target_.url.host, target_.addresses};
  }
  [[nodiscard]] std::string via() const override { return "form"; }
  [[nodiscard]] std::string kind() const override {
    return device_ ? std::string(to_string(device_->family)) : std::string();
  }
  [[nodiscard]] asio::awaitable<std::optional<Error>> attempt(
      delivery::Attempt attempt, delivery::Surroundings surroundings) override;
  [[nodiscard]] asio::awaitable<delivery::Sight> look(delivery::Attempt attempt,
                                                      delivery::Surroundings surroundings) override;

  [[nodiscard]] asio::awaitable<bool> recognises(delivery::Attempt attempt,
                                                 delivery::Surroundings surroundings) override;

  /// A response gets twice its limit (ExchangePlan::stall).
  [[nodiscard]] std::chrono::milliseconds longest_attempt() const override {
    const PushTiming& timing = job_->options.timing;
    return 4 * timing.response + 2 * timing.stall + delivery::slowest_transfer(job_->image.size());
  }

 private:
  [[nodiscard]] AsioDeviceClient client_for(const delivery::Attempt& attempt,
                                            asio::io_context& io,
                                            delivery::Listener listener) const;
  /// Asks the device once, and reports what it is.
  [[nodiscard]] asio::awaitable<std::optional<Error>> recognise_device(
      AsioDeviceClient& client, delivery::Surroundings surroundings);
  [[nodiscard]] asio::awaitable<void> ask_for_flash(AsioDeviceClient& client);
  [[nodiscard]] asio::awaitable<delivery::Sight> look_at_version(AsioDeviceClient& client);
  [[nodiscard]] std::vector<Family> candidates() const;
  /// What the user says about the device.
  [[nodiscard]] const std::optional<Family>& stated() const {
    return target_.via ? target_.via : job_->options.via;
  }
  [[nodiscard]] bool with_path() const { return target_.url.target != "/"; }
  [[nodiscard]] FormOrder order() const;
  [[nodiscard]] bool has_other_chip() const {
    const ChipFamily own = chip_family_of(*device_);
    const ChipFamily wanted = job_->options.image_chip;
    return own != ChipFamily::Unknown && wanted != ChipFamily::Unknown && own != wanted;
  }

  std::shared_ptr<const Job> job_;
  PushTarget target_;
  std::optional<DeviceIdentity> device_;  ///< once it was asked
};

std::vector<Family> FormDelivery::candidates() const {
  const auto& via = stated();
  if (!via) {
    const std::string& target = target_.url.target;
    return families_at(with_path() ? target.substr(0, target.find('?')) : std::string());
  }
  return *via == Family::Unknown ? std::vector<Family>() : std::vector{*via};
}

AsioDeviceClient FormDelivery::client_for(const delivery::Attempt& attempt,
                                          asio::io_context& io,
                                          delivery::Listener listener) const {
  AsioDeviceClient client(
      io, target_, job_->options, target_.url.secure ? job_->tls : nullptr, std::move(listener));
  asio::ip::tcp::endpoint device(attempt.address, target_.url.port);
  client.use(std::move(device), attempt.small_segments ? delivery::kSmallSegment : 0);
  return client;
}

asio::awaitable<std::optional<Error>> FormDelivery::recognise_device(
    AsioDeviceClient& client, delivery::Surroundings surroundings) {
  if (device_) {
    co_return std::nullopt;
  }
  auto found = co_await recognise(client, candidates(), look_up_limits(job_->options.timing));
  if (!found) {
    co_return std::move(found.error());
  }
  device_ = std::move(*found);
  if (device_->family == Family::Unknown) {
    device_->family = stated().value_or(Family::Unknown);
  }
  co_await ask_for_flash(client);
  surroundings.report.before = identity_of(*device_);
  surroundings.listener(delivery::DeviceRecognised{std::string(to_string(device_->family)),
                                                   std::string(title(device_->family)),
                                                   device_->version,
                                                   device_->hardware,
                                                   device_->release});
  co_return std::nullopt;
}

/// The size of the flash, where the device compares it with the image only after the upload.
asio::awaitable<void> FormDelivery::ask_for_flash(AsioDeviceClient& client) {
  std::string target(flash_target(*device_));
  if (target.empty()) {
    co_return;
  }
  const LookUp look_up(
      co_await client.get(std::move(target), look_up_limits(job_->options.timing)));
  const auto fields = look_up.fields();
  if (const auto told = read_identity(device_->family, look_up.answer(fields))) {
    device_->flash_bytes = told->flash_bytes;
  }
}

asio::awaitable<delivery::Sight> FormDelivery::look(delivery::Attempt attempt,
                                                    delivery::Surroundings surroundings) {
  using delivery::Sight;
  AsioDeviceClient client =
      client_for(attempt, surroundings.pool.io(), only_traces(surroundings.listener));
  const std::stop_callback on_stop(attempt.stop, [&client] { client.interrupt(); });
  if (!device_) {
    const auto error = co_await recognise_device(client, surroundings);
    co_return error ? Sight{} : Sight{Sight::State::Up, identity_of(*device_)};
  }
  if (!version_target(device_->family).empty()) {
    co_return co_await look_at_version(client);
  }
  asio::ip::tcp::endpoint device(attempt.address, target_.url.port);
  Sight sight;
  sight.state = co_await delivery::look_at_port(
      surroundings.pool.io(), std::move(device), job_->options.local, attempt.stop);
  co_return sight;
}

/// Without the login, whatever a device asks for.
asio::awaitable<bool> FormDelivery::recognises(delivery::Attempt attempt,
                                               delivery::Surroundings surroundings) {
  asio::io_context& io = surroundings.pool.io();
  asio::ip::tcp::endpoint port(attempt.address, target_.url.port);
  const auto state = co_await delivery::look_at_port(
      io, std::move(port), job_->options.local, attempt.stop, delivery::kLongestProbeConnect);
  if (state != delivery::Sight::State::Up) {
    co_return false;
  }
  PushTarget anonymous = target_;
  anonymous.login.reset();
  AsioDeviceClient client(
      io, anonymous, job_->options, nullptr, only_traces(surroundings.listener));
  asio::ip::tcp::endpoint device(attempt.address, target_.url.port);
  client.use(std::move(device), 0);
  const std::stop_callback on_stop(attempt.stop, [&client] { client.interrupt(); });
  asio::steady_timer limit(io, delivery::kLongestProbe);
  const auto open = std::make_shared<bool>(true);
  limit.async_wait([open, &client](boost::system::error_code cancelled) {
    if (!cancelled && *open) {
      client.interrupt();
    }
  });
  const auto found = co_await recognise(client, candidates(), kLookLimits);
  *open = false;
  co_return found&& is_definite(found->family);
}

asio::awaitable<delivery::Sight> FormDelivery::look_at_version(AsioDeviceClient& client) {
  using delivery::Sight;
  std::string target(version_target(device_->family));
  const LookUp look_up(co_await client.get(std::move(target), kLookLimits));
  if (const auto error = look_up.error()) {
    const bool host_answers = error->code() == Errc::PortClosed || look_up.dropped();
    co_return Sight{host_answers ? Sight::State::Closed : Sight::State::Away};
  }
  const auto fields = look_up.fields();
  const auto now = read_identity(device_->family, look_up.answer(fields));
  co_return now ? Sight{Sight::State::Up, identity_of(*now), is_rescue_system(*now)}
                : Sight{Sight::State::Up};
}

FormOrder FormDelivery::order() const {
  const PushOptions& options = job_->options;
  return {.family = device_->family,
          .target = with_path() ? target_.url.target : std::string(),
          .field = options.field,
          .parts = options.parts,
          .file_name = options.file_name,
          .filesystem = options.filesystem,
          .image_size = job_->image.size(),
          .image_md5 = job_->image_md5,
          .is_app = !job_->image.empty() && job_->image.front() == kAppMagic,
          .skip_validation = options.skip_validation};
}

asio::awaitable<std::optional<Error>> FormDelivery::attempt(delivery::Attempt attempt,
                                                            delivery::Surroundings surroundings) {
  const Url& url = target_.url;
  const delivery::Event started = delivery::AttemptStarted{
      attempt.number, attempt.address.to_string(), {url.port}, {}, 0, url.text()};
  surroundings.listener(started);
  AsioDeviceClient client = client_for(attempt, surroundings.pool.io(), surroundings.listener);
  AsioFormUpload upload(
      surroundings.pool.io(), client, job_->options.timing, surroundings.listener);
  const std::stop_callback on_stop(attempt.stop, [&client, &upload] {
    client.interrupt();
    upload.interrupt();
  });
  surroundings.listener(delivery::PhaseReached{delivery::Phase::Connecting});
  std::optional<Error> error = co_await recognise_device(client, surroundings);
  if (error) {
    co_return error;
  }
  if (target_.chosen && has_other_chip()) {
    surroundings.report.skipped = true;
    surroundings.report.other_chip = true;
    co_return std::nullopt;
  }
  if (job_->options.check) {
    error = job_->options.check(*device_);
    if (error) {
      co_return error;
    }
  }
  if (device_->family == Family::Esp3d) {
    client.assume_basic();
  }
  error = co_await upload.send(order(), job_->image);
  surroundings.report.bytes = client.delivered();
  surroundings.report.auth = client.auth();
  co_return error;
}

}  // namespace

Result<delivery::Deliveries> deliveries(Bytes image,
                                        std::span<const PushTarget> targets,
                                        const PushOptions& options) {
  std::shared_ptr<AsioTlsClient> tls;
  if (std::ranges::any_of(targets, [](const PushTarget& each) { return each.url.secure; })) {
    TRY(tls, make_tls_client(options.tls));
  }
  const auto job =
      std::make_shared<const Job>(Job{image, espota::md5_hex(image), options, std::move(tls)});
  delivery::Deliveries all;
  for (const PushTarget& target : targets) {
    all.push_back(std::make_shared<FormDelivery>(job, target));
  }
  return all;
}

}  // namespace otatool::http
