#include "device/receiver/asio_device.hpp"

#include <algorithm>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include "announce/asio_endpoint.hpp"
#include "device/receiver/asio_default_name.hpp"
#include "device/receiver/device_txt.hpp"
#include "device/receiver/running_application.hpp"
#include "device/receiver/stored_password.hpp"
#include "device/receiver/update_failure.hpp"

namespace otatool::device {
namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

AsioDevice::AsioDevice(asio::io_context& context,
                       std::size_t number,
                       const DeviceOptions& options,
                       std::unique_ptr<NorFlash> flash,
                       DeviceObserver& observer)
    : context_(context),
      number_(number),
      options_(options),
      observer_(observer),
      flash_(std::move(flash)),
      stored_(stored_form(options.password, options.auth)),
      socket_(context),
      timer_(context) {
  firmware::Random& random = *this;
  authenticator_.emplace(auth_hash(options),
                         firmware::StoredPassword{stored_.reveal().data(), stored_.reveal().size()},
                         random,
                         sha256_);
  if (options_.image_key) {
    image_key_.emplace(*options_.image_key);
  }
}

AsioDevice::~AsioDevice() {
  drop();
}

Result<std::uint16_t> AsioDevice::start() {
  const bool known = options_.chip == ChipFamily::Esp8266
                         ? firmware::esp8266_flash_map(flash_->size(), map_)
                         : firmware::esp32_flash_map(flash_->size(), map_);
  if (!known) {
    return fail(Errc::Usage,
                "no layout for a flash of " + std::to_string(flash_->size()) +
                    " bytes; the sizes are " +
                    (options_.chip == ChipFamily::Esp8266 ? "512K, 1M, 2M, 4M, 8M and 16M"
                                                          : "4M, 8M and 16M"));
  }
  error_code error;
  const auto address = asio::ip::make_address(options_.bind_address, error);
  if (error) {
    return fail(Errc::Usage, "not an IP address: '" + options_.bind_address + "'");
  }
  const udp::endpoint local(address, options_.port);
  socket_.open(local.protocol(), error);
  if (!error) {
    socket_.bind(local, error);
  }
  if (error) {
    return fail(Errc::ListenFailed,
                "cannot listen on UDP " +
                    announce::to_text(announce::to_firmware(address, options_.port)) + ": " +
                    error.message());
  }
  if (const Result<void> opened = open_http(address); !opened) {
    return fail(opened.error());
  }
  if (options_.announce) {
    if (options_.announce->name.empty()) {
      options_.announce->name = default_device_name(options_.chip, socket_.local_endpoint().port());
    }
    announcer_.emplace(
        context_, *options_.announce, options_.esphome ? kEsphomeService : wire::kArduinoService);
  }
  boot();
  return socket_.local_endpoint().port();
}

void AsioDevice::stop() {
  drop();
  stop_http();
  if (announcer_) {
    announcer_->stop();
  }
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

std::uint32_t AsioDevice::now() const {
  const auto since_start = Clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count());
}

void AsioDevice::report(const DeviceEvent& event) {
  observer_.on_event(number_, event);
}

void AsioDevice::receive() {
  socket_.async_receive_from(
      asio::buffer(datagram_), sender_, [this](error_code error, std::size_t length) {
        if (error == asio::error::operation_aborted || !socket_.is_open()) {
          return;
        }
        if (!error && receiver_ && !http_update_) {
          on_datagram(std::string_view(datagram_.data(), length));
        }
        receive();
      });
}

void AsioDevice::on_datagram(std::string_view text) {
  const firmware::Endpoint from = announce::to_firmware(sender_.address(), sender_.port());
  wire::Invitation invitation{};
  if (wire::parse_invitation(text.data(), text.size(), invitation)) {
    report(Invited{announce::to_text(from),
                   invitation.command,
                   invitation.image_size,
                   std::string(invitation.md5, sizeof(invitation.md5))});
  }
  receiver_->on_datagram(from, text.data(), text.size(), now());
  after_event();
}

void AsioDevice::after_event() {
  busy_until_ = std::max(busy_until_, Clock::now()) + flash_->take_busy_time();
  if (std::exchange(restart_wanted_, false)) {
    drop();
    receiver_.reset();
    boot();
  } else if (receiver_) {
    if (failed_ && receiver_->state() == firmware::Receiver::State::Idle) {
      failed_ = false;
      report(Recovered{});
    }
    schedule_poll();
  }
}

void AsioDevice::schedule_poll() {
  const std::uint32_t wait = receiver_->poll_after(now());
  if (wait == firmware::Receiver::kNever) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::max(Clock::now() + std::chrono::milliseconds(wait), busy_until_));
  timer_.async_wait([this](error_code error) {
    if (!error && receiver_) {
      receiver_->poll(now());
      after_event();
    }
  });
}

void AsioDevice::boot() {
  alignas(4) std::array<std::uint8_t, firmware::kSectorSize> sector{};
  const firmware::BootReport boot = firmware::run_boot_command(
      *flash_, map_, sector.data(), options_.chip == ChipFamily::Esp8266 ? &inflater_ : nullptr);
  busy_until_ = std::max(busy_until_, Clock::now()) + flash_->take_busy_time();
  timer_.expires_at(busy_until_);
  timer_.async_wait([this, boot](error_code error) {
    if (!error) {
      serve(boot);
    }
  });
}

void AsioDevice::serve(const firmware::BootReport& boot) {
  const bool applied = boot.outcome == firmware::BootOutcome::Applied;
  application_size_ = applied ? boot.size : application_size_in(*flash_, map_, options_.chip);
  firmware::Link& link = *this;
  firmware::Hooks& hooks = *this;
  firmware::Restart& restart = *this;
  installer_.emplace(*flash_, map_, application_size_);
  patches_.emplace(*flash_, map_, application_size_, sha256_, inflater_);
  updater_.emplace(*flash_, map_, *installer_, image_checks());
  firmware::ReceiverTiming timing;
  timing.stall = static_cast<std::uint32_t>(options_.stall.count());
  receiver_.emplace(firmware::ReceiverPorts{link, hooks, restart, *updater_, *authenticator_},
                    timing);
  const bool first = !std::exchange(receiving_, true);
  if (first) {
    receive();
  }
  application_sha256_ = hash_for_patches();
  application_md5_ = application_md5_in(*flash_, map_, application_size_);
  announce(first);
  report(Booted{applied, boot.resumed, application_size_, application_md5_});
  serve_http(first);
}

void AsioDevice::announce(bool first) {
  if (!announcer_) {
    return;
  }
  const DeviceSpace space{map_,
                          flash_->size(),
                          application_size_,
                          application_version_in(*flash_, map_, options_.chip),
                          application_md5_};
  std::vector<std::uint8_t> txt = options_.esphome
                                      ? esphome_txt(options_, space, options_.announce->name)
                                      : device_txt(options_, space);
  if (!first) {
    announcer_->update(std::move(txt));
    return;
  }
  const udp::endpoint local = socket_.local_endpoint();
  const auto started =
      announcer_->start(local.address(),
                        options_.esphome ? kEsphomeApiPort : local.port(),
                        std::move(txt),
                        [this](const announce::Announced& announced) { report(announced); });
  if (!started) {
    announcer_.reset();
    report(NotAnnounced{started.error()});
  }
}

std::string AsioDevice::hash_for_patches() {
  std::array<char, wire::kMaxDeltaAnswer> answer{};
  wire::RunningImage running{};
  const std::size_t length =
      options_.chip == ChipFamily::Esp8266 ? patches_->identify(answer.data()) : 0;
  return wire::parse_delta_answer(answer.data(), length, running)
             ? std::string(running.sha256, 2 * wire::kSha256Size)
             : std::string();
}

firmware::ImageChecks AsioDevice::image_checks() {
  firmware::ImageChecks checks;
  if (image_key_) {
    checks.signature = &*image_key_;
    checks.sha256 = &sha256_;
  }
  if (options_.chip == ChipFamily::Esp8266) {
    checks.packages = &packages_;
    checks.patches = &*patches_;
  }
  return checks;
}

void AsioDevice::send_datagram(const firmware::Endpoint& to,
                               const char* bytes,
                               std::size_t length) {
  // A datagram that cannot be sent is lost, as on a network.
  error_code ignored;
  socket_.send_to(
      asio::buffer(bytes, length), udp::endpoint(announce::to_asio(to), to.port), 0, ignored);
}

void AsioDevice::connect(const firmware::Endpoint& to) {
  using tcp = asio::ip::tcp;
  peer_ = announce::to_text(to);
  connection_error_ = {};
  ConnectionOwner& owner = *this;
  connection_ = std::make_shared<AsioConnection>(context_, owner);
  connection_->connect(tcp::endpoint(socket_.local_endpoint().address(), 0),
                       tcp::endpoint(announce::to_asio(to), to.port),
                       options_.window);
}

bool AsioDevice::send(const char* bytes, std::size_t length) {
  return connection_ && connection_->send(std::string_view(bytes, length));
}

std::size_t AsioDevice::undelivered() const {
  return connection_ ? connection_->undelivered() : 0;
}

void AsioDevice::close() {
  if (connection_) {
    connection_->close();
  }
}

void AsioDevice::drop() {
  if (const auto connection = std::exchange(connection_, nullptr)) {
    connection->drop();
  }
}

void AsioDevice::fill(std::uint8_t* bytes, std::size_t length) {
  // The core requests at most 256 bytes, which getentropy always returns.
  if (getentropy(bytes, length) != 0) {
    throw std::system_error(errno, std::system_category(), "getentropy");
  }
}

void AsioDevice::on_start(wire::Command command) {
  report(UpdateStarted{command});
}

void AsioDevice::on_progress(std::uint32_t done, std::uint32_t total) {
  report(UpdateProgressed{done, total});
}

void AsioDevice::on_end() {
  report(UpdateEnded{});
}

void AsioDevice::on_error(firmware::Stage stage, firmware::UpdateError error) {
  failed_ = true;
  const FailedUpdate failure{
      .stage = stage,
      .error = error,
      .host = announce::to_text(receiver_->host()),
      .peer = peer_,
      .connection_error = connection_error_ ? connection_error_.message() : std::string()};
  report(UpdateFailed{static_cast<Stage>(stage), describe_failure(failure, *updater_)});
}

void AsioDevice::restart() {
  restart_wanted_ = true;
}

void AsioDevice::on_connected() {
  receiver_->on_connected(now());
  after_event();
}

void AsioDevice::on_connect_failed(error_code reason) {
  connection_error_ = reason;
  receiver_->on_connect_failed(now());
  after_event();
}

void AsioDevice::on_bytes(std::span<const std::uint8_t> bytes) {
  receiver_->on_bytes(bytes.data(), bytes.size(), now());
  after_event();
}

void AsioDevice::on_closed(error_code reason) {
  connection_error_ = reason;
  receiver_->on_closed(now());
  after_event();
}

}  // namespace otatool::device
