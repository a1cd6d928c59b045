#include <array>
#include <cerrno>
#include <memory>
#include <stop_token>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "otatool/esphome/retry.hpp"
#include "otatool/esphome/upload.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/wire/chip_family.hpp"

#include "delivery/asio_presence.hpp"
#include "delivery/asio_worker_pool.hpp"
#include "esphome/asio_exchange.hpp"
#include "esphome/asio_link.hpp"
#include "esphome/protocol.hpp"

namespace otatool::esphome {
namespace asio = boost::asio;

namespace {

/// `00 VV`
constexpr std::size_t kVersionAnswer = 2;

void fill(std::array<std::uint8_t, 32>& bytes) {
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::system_category(), "getentropy");
  }
}

/// What all targets have in common: the image in both forms, made when they are needed.
class Job {
 public:
  Job(const Image& image, const Options& options) : image_(image), options_(options) {}

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] bool offers_gzip() const { return image_.packed || image_.pack; }

  Event payload(bool gzip) {
    if (gzip == image_.packed) {
      return chosen(image_.bytes, plain_md5_);
    }
    if (!gzip) {
      return PayloadRefused{Error(Errc::WrongKind, "the device takes no gzip package")};
    }
    if (!packed_) {
      packed_ = image_.pack(image_.bytes);
    }
    return *packed_ ? chosen(**packed_, packed_md5_) : Event(PayloadRefused{packed_->error()});
  }

 private:
  static Event chosen(Bytes bytes, std::string& md5) {
    if (md5.empty()) {
      md5 = espota::md5_hex(bytes);
    }
    return PayloadChosen{bytes, md5};
  }

  Image image_;
  Options options_;
  std::optional<Result<std::vector<std::uint8_t>>> packed_;
  std::string plain_md5_;
  std::string packed_md5_;
};

class EsphomeDelivery final : public delivery::Delivery {
 public:
  EsphomeDelivery(std::shared_ptr<Job> job, Target target)
      : job_(std::move(job)), target_(std::move(target)) {}

  [[nodiscard]] std::string name() const override { return target_.name; }
  [[nodiscard]] delivery::Destination destination() const override {
    return {target_.host, target_.addresses};
  }
  [[nodiscard]] asio::awaitable<std::optional<Error>> attempt(
      delivery::Attempt attempt, delivery::Surroundings surroundings) override;
  [[nodiscard]] std::string via() const override { return "esphome"; }
  [[nodiscard]] asio::awaitable<delivery::Sight> look(delivery::Attempt attempt,
                                                      delivery::Surroundings surroundings) override;
  [[nodiscard]] asio::awaitable<bool> recognises(delivery::Attempt attempt,
                                                 delivery::Surroundings surroundings) override;
  [[nodiscard]] std::optional<delivery::RetryAdvice> retry(const Error& error,
                                                           unsigned attempt,
                                                           unsigned retries) const override {
    return retry_advice(error, attempt, retries);
  }
  [[nodiscard]] bool lockstep(bool last_retry) const override {
    return job_->options().lockstep || last_retry;
  }

 private:
  [[nodiscard]] std::uint16_t port() const {
    return target_.port.value_or(wire::default_port(target_.chip));
  }
  [[nodiscard]] Plan plan(bool last_retry) const;

  std::shared_ptr<Job> job_;
  Target target_;
};

Plan EsphomeDelivery::plan(bool last_retry) const {
  const Options& options = job_->options();
  return {.password = target_.password,
          .key = target_.key,
          .require_sha256 = options.require_sha256,
          .offer_gzip = job_->offers_gzip(),
          .lockstep = lockstep(last_retry),
          .timing = options.timing};
}

asio::awaitable<std::optional<Error>> EsphomeDelivery::attempt(
    delivery::Attempt attempt, delivery::Surroundings surroundings) {
  surroundings.report.before = target_.before;
  const delivery::Event started =
      delivery::AttemptStarted{attempt.number, attempt.address.to_string(), {port()}};
  surroundings.listener(started);
  const delivery::Event connecting = delivery::PhaseReached{delivery::Phase::Connecting};
  surroundings.listener(connecting);
  AsioLink link(surroundings.pool.io());
  const std::stop_callback on_stop(attempt.stop, [&link] { link.interrupt(); });
  const asio::ip::tcp::endpoint device(attempt.address, port());
  const Millis limit = job_->options().timing.connection / static_cast<int>(attempt.addresses);
  delivery::LocalEnd local = job_->options().local;
  const int segment_size = attempt.small_segments ? delivery::kSmallSegment : 0;
  std::optional<Error> error = co_await link.connect(device, std::move(local), segment_size, limit);
  if (error) {
    co_return error;
  }
  Seed seed;
  fill(seed.cnonce);
  fill(seed.ephemeral);
  Session session(plan(attempt.last_retry), seed);
  const PayloadSource payload = [this](bool gzip) { return job_->payload(gzip); };
  error = co_await exchange(link, session, payload, surroundings.listener);
  surroundings.report.bytes = session.delivered();
  surroundings.report.auth = auth_of(session);
  co_return error;
}

/// The device answers the magic bytes with its version; then the connection ends in order
/// (esphome-ota.md 8).
asio::awaitable<bool> EsphomeDelivery::recognises(delivery::Attempt attempt,
                                                  delivery::Surroundings surroundings) {
  AsioLink link(surroundings.pool.io());
  const std::stop_callback on_stop(attempt.stop, [&link] { link.interrupt(); });
  const asio::ip::tcp::endpoint device(attempt.address, port());
  delivery::LocalEnd local = job_->options().local;
  const auto failed =
      co_await link.connect(device, std::move(local), 0, delivery::kLongestProbeConnect);
  if (failed) {
    co_return false;
  }
  link.send(kMagic);
  std::string received;
  const Millis deadline = link.now() + delivery::kLongestProbe - delivery::kLongestProbeConnect;
  while (received.size() < kVersionAnswer) {
    const auto event = co_await link.next_event(deadline);
    if (!event || std::holds_alternative<TimedOut>(*event) ||
        std::holds_alternative<Closed>(*event)) {
      co_return false;
    }
    if (const auto* bytes = std::get_if<BytesReceived>(&*event)) {
      received += bytes->bytes;
    }
  }
  link.close_in_order();
  co_return received[0] == '\0' && (received[1] == '\1' || received[1] == '\2');
}

asio::awaitable<delivery::Sight> EsphomeDelivery::look(delivery::Attempt attempt,
                                                       delivery::Surroundings surroundings) {
  asio::io_context& io = surroundings.pool.io();
  asio::ip::tcp::endpoint device(attempt.address, port());
  delivery::Sight sight;
  sight.state =
      co_await delivery::look_at_port(io, std::move(device), job_->options().local, attempt.stop);
  if (sight.state != delivery::Sight::State::Up || !target_.tell) {
    co_return sight;
  }
  if (auto told = co_await delivery::ask(io, target_.tell, attempt.address.to_string())) {
    sight.told = std::move(*told);
  }
  co_return sight;
}

}  // namespace

delivery::Deliveries deliveries(const Image& image,
                                std::span<const Target> targets,
                                const Options& options) {
  const auto job = std::make_shared<Job>(image, options);
  delivery::Deliveries all;
  for (const Target& target : targets) {
    all.push_back(std::make_shared<EsphomeDelivery>(job, target));
  }
  return all;
}

}  // namespace otatool::esphome
