#include <algorithm>
#include <stop_token>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "otatool/http/fetch_plan.hpp"
#include "otatool/http/push.hpp"

#include "delivery/asio_worker_pool.hpp"
#include "http/client/asio_recognise.hpp"

namespace otatool::http {
namespace asio = boost::asio;

namespace {

/// What all targets have in common.
struct FetchJob {
  std::string image_url;
  PushOptions options;
  std::shared_ptr<AsioTlsClient> tls;  ///< null without an https target
};

/// Makes one device fetch its image.
class FetchDelivery final : public delivery::Delivery {
 public:
  FetchDelivery(std::shared_ptr<const FetchJob> job, PushTarget target)
      : job_(std::move(job)), target_(std::move(target)) {}

  [[nodiscard]] std::string name() const override { return target_.name; }
  [[nodiscard]] delivery::Destination destination() const override {
    return {target_.url.host, target_.addresses};
  }
  [[nodiscard]] std::string via() const override { return "form"; }
  [[nodiscard]] std::string kind() const override { return kind_; }
  [[nodiscard]] asio::awaitable<std::optional<Error>> attempt(
      delivery::Attempt attempt, delivery::Surroundings surroundings) override;
  /// Never called: the fetch itself waits for the new version.
  [[nodiscard]] asio::awaitable<delivery::Sight> look(
      delivery::Attempt /*attempt*/, delivery::Surroundings /*surroundings*/) override {
    co_return delivery::Sight{};
  }
  /// Never called: a fetch is only for devices that the user names.
  [[nodiscard]] asio::awaitable<bool> recognises(delivery::Attempt /*attempt*/,
                                                 delivery::Surroundings /*surroundings*/) override {
    co_return false;
  }
  [[nodiscard]] bool needs_confirmation() const override { return false; }
  /// The device may fetch already.
  [[nodiscard]] std::optional<delivery::RetryAdvice> retry(const Error& /*error*/,
                                                           unsigned /*attempt*/,
                                                           unsigned /*retries*/) const override {
    return std::nullopt;
  }

 private:
  [[nodiscard]] asio::awaitable<std::optional<Error>> fetch(
      AsioDeviceClient& client,
      asio::steady_timer& pause,
      Family family,
      const delivery::Surroundings& surroundings,
      std::stop_token stop) const;

  std::shared_ptr<const FetchJob> job_;
  PushTarget target_;
  std::string kind_;  ///< of the device, once it was asked
};

std::vector<Family> candidates_of(const PushTarget& target, const PushOptions& options) {
  const auto& via = target.via ? target.via : options.via;
  return via ? std::vector{*via} : std::vector{Family::Tasmota, Family::ShellyGen1};
}

/// The event has views into `look_up` and `fields`.
FetchPlan::Event event_of(const LookUp& look_up,
                          std::span<const HeaderField> fields,
                          const AsioDeviceClient& client) {
  if (auto error = look_up.error()) {
    return FetchPlan::Unanswered{std::move(*error)};
  }
  return FetchPlan::Answered{look_up.answer(fields), client.with_password(), look_up.challenged()};
}

void report_device(const delivery::Listener& listener, const DeviceIdentity& device) {
  listener(delivery::DeviceRecognised{std::string(to_string(device.family)),
                                      std::string(title(device.family)),
                                      device.version,
                                      device.hardware,
                                      device.release});
}

asio::awaitable<std::optional<Error>> FetchDelivery::attempt(delivery::Attempt attempt,
                                                             delivery::Surroundings surroundings) {
  const Url& url = target_.url;
  const delivery::Event started = delivery::AttemptStarted{
      attempt.number, attempt.address.to_string(), {url.port}, {}, 0, url.text()};
  surroundings.listener(started);
  AsioDeviceClient client(surroundings.pool.io(),
                          target_,
                          job_->options,
                          url.secure ? job_->tls : nullptr,
                          surroundings.listener);
  asio::steady_timer pause(surroundings.pool.io());
  const std::stop_callback on_stop(attempt.stop, [&client, &pause] {
    client.interrupt();
    pause.cancel();
  });
  asio::ip::tcp::endpoint device(attempt.address, url.port);
  client.use(std::move(device), 0);
  surroundings.listener(delivery::PhaseReached{delivery::Phase::Connecting});
  const auto found = co_await recognise(
      client, candidates_of(target_, job_->options), look_up_limits(job_->options.timing));
  if (!found) {
    co_return found.error();
  }
  report_device(surroundings.listener, *found);
  kind_ = to_string(found->family);
  std::optional<Error> error =
      co_await fetch(client, pause, found->family, surroundings, attempt.stop);
  surroundings.report.auth = client.auth();
  co_return error;
}

asio::awaitable<std::optional<Error>> FetchDelivery::fetch(
    AsioDeviceClient& client,
    asio::steady_timer& pause,
    Family family,
    const delivery::Surroundings& surroundings,
    std::stop_token stop) const {
  FetchPlan plan(family, job_->image_url);
  FetchPlan::Action action = plan.start();
  bool canceled = false;
  const GetLimits limits = look_up_limits(job_->options.timing);
  for (;;) {
    if (auto* finish = std::get_if<FetchPlan::Finish>(&action)) {
      surroundings.report.before = {plan.before().version, plan.before().build};
      if (!finish->error) {
        report_device(surroundings.listener, plan.now());
        surroundings.report.after = {plan.now().version, plan.now().build};
        surroundings.report.confirmed = true;
        surroundings.report.restart = delivery::Restart::Seen;
      }
      co_return std::move(finish->error);
    }
    if (const auto* wait = std::get_if<FetchPlan::Pause>(&action)) {
      surroundings.listener(delivery::PhaseReached{delivery::Phase::AwaitingVerdict});
      boost::system::error_code ignored;
      auto token = asio::redirect_error(asio::use_awaitable, ignored);
      pause.expires_after(wait->time);
      co_await pause.async_wait(token);
      action = plan.next(FetchPlan::Paused{});
    } else {
      std::string target = std::get<FetchPlan::Get>(action).target;
      const LookUp look_up(co_await client.get(std::move(target), limits));
      const auto fields = look_up.fields();
      action = plan.next(event_of(look_up, fields, client));
    }
    if (stop.stop_requested() && !canceled) {
      canceled = true;
      client.resume();
      action = plan.cancel();
    }
  }
}

}  // namespace

Result<delivery::Deliveries> fetch_deliveries(const std::string& image_url,
                                              std::span<const PushTarget> targets,
                                              const PushOptions& options) {
  std::shared_ptr<AsioTlsClient> tls;
  if (std::ranges::any_of(targets, [](const PushTarget& each) { return each.url.secure; })) {
    TRY(tls, make_tls_client(options.tls));
  }
  const auto job = std::make_shared<const FetchJob>(FetchJob{image_url, options, std::move(tls)});
  delivery::Deliveries all;
  for (const PushTarget& target : targets) {
    all.push_back(std::make_shared<FetchDelivery>(job, target));
  }
  return all;
}

}  // namespace otatool::http
