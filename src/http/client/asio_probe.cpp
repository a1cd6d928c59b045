#include <stop_token>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "otatool/http/probe.hpp"
#include "otatool/http/push.hpp"
#include "otatool/http/recogniser.hpp"

#include "delivery/asio_presence.hpp"
#include "delivery/asio_worker_pool.hpp"
#include "http/client/asio_recognise.hpp"

namespace otatool::http {
namespace asio = boost::asio;

namespace {

constexpr GetLimits kProbeLimits{.time = delivery::kLongestProbe,
                                 .pause = std::chrono::milliseconds(500)};

PushTarget target_at(const WebHost& host) {
  Url url;
  url.host = host.address;
  url.port = host.port;
  url.target = "/";
  return {.name = host.address, .url = std::move(url), .login = std::nullopt};
}

/// Delivers nothing; an attempt is the look-ups.
class Question final : public delivery::Delivery {
 public:
  explicit Question(const WebHost& host) : target_(target_at(host)) {}

  [[nodiscard]] std::string name() const override { return target_.name; }
  [[nodiscard]] delivery::Destination destination() const override { return {target_.url.host}; }
  [[nodiscard]] std::string via() const override { return "form"; }
  [[nodiscard]] std::chrono::milliseconds longest_attempt() const override {
    return delivery::kLongestProbe;
  }
  [[nodiscard]] std::optional<delivery::RetryAdvice> retry(const Error& /*error*/,
                                                           unsigned /*attempt*/,
                                                           unsigned /*retries*/) const override {
    return std::nullopt;
  }
  [[nodiscard]] asio::awaitable<delivery::Sight> look(
      delivery::Attempt /*attempt*/, delivery::Surroundings /*surroundings*/) override {
    co_return delivery::Sight{};
  }
  [[nodiscard]] asio::awaitable<bool> recognises(delivery::Attempt /*attempt*/,
                                                 delivery::Surroundings /*surroundings*/) override {
    co_return false;
  }
  [[nodiscard]] asio::awaitable<std::optional<Error>> attempt(
      delivery::Attempt attempt, delivery::Surroundings surroundings) override;

  [[nodiscard]] const std::optional<DeviceIdentity>& answer() const { return answer_; }

 private:
  PushTarget target_;
  PushOptions options_;
  std::optional<DeviceIdentity> answer_;
};

asio::awaitable<std::optional<Error>> Question::attempt(delivery::Attempt attempt,
                                                        delivery::Surroundings surroundings) {
  asio::io_context& io = surroundings.pool.io();
  asio::ip::tcp::endpoint port(attempt.address, target_.url.port);
  const auto state = co_await delivery::look_at_port(
      io, std::move(port), options_.local, attempt.stop, delivery::kLongestProbeConnect);
  if (state != delivery::Sight::State::Up) {
    co_return std::nullopt;
  }
  AsioDeviceClient client(io, target_, options_, nullptr, surroundings.listener);
  asio::ip::tcp::endpoint device(attempt.address, target_.url.port);
  client.use(std::move(device), 0);
  const std::stop_callback on_stop(attempt.stop, [&client] { client.interrupt(); });
  const auto found = co_await recognise(client, families_at(""), kProbeLimits);
  if (found && found->family != Family::Unknown) {
    answer_ = *found;
  }
  co_return std::nullopt;
}

class Silence final : public delivery::Observer {
 public:
  void on_event(std::size_t /*target*/, const delivery::Event& /*event*/) override {}
  void on_report(std::size_t /*target*/, const delivery::Report& /*report*/) override {}
};

}  // namespace

std::vector<std::optional<DeviceIdentity>> recognise_hosts(std::span<const WebHost> hosts,
                                                           std::size_t jobs) {
  std::vector<std::shared_ptr<Question>> questions;
  delivery::Deliveries deliveries;
  for (const WebHost& host : hosts) {
    questions.push_back(std::make_shared<Question>(host));
    deliveries.push_back(questions.back());
  }
  delivery::PoolOptions options{jobs, 0};
  options.max_time = delivery::kLongestProbe;
  Silence silence;
  static_cast<void>(delivery::deliver_all(deliveries, options, silence));
  std::vector<std::optional<DeviceIdentity>> answers;
  answers.reserve(questions.size());
  for (const auto& question : questions) {
    answers.push_back(question->answer());
  }
  return answers;
}

}  // namespace otatool::http
