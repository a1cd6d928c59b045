// The part of AsioDevice that serves updates by TCP: upload page, puller and the port of ESPHome.
#include <algorithm>
#include <utility>

#include "device/receiver/asio_device.hpp"

namespace otatool::device {
using Clock = std::chrono::steady_clock;

Result<void> AsioDevice::open_http(const boost::asio::ip::address& address) {
  FlashOwner& owner = *this;
  if (options_.form) {
    form_ = std::make_shared<AsioFormServer>(
        context_, owner, *options_.form, options_.password, options_.stall);
    TRY(const auto port, form_->listen(address));
    form_port_ = port;
  }
  if (options_.pull) {
    TRY(auto puller, AsioPuller::make(context_, owner, *options_.pull));
    puller_ = std::move(puller);
  }
  if (options_.esphome) {
    esphome_ = std::make_shared<AsioEsphomeServer>(
        context_,
        owner,
        EsphomeRules{*options_.esphome, options_.password, options_.window},
        options_.stall);
    TRY(const auto port, esphome_->listen(address));
    esphome_port_ = port;
  }
  return {};
}

void AsioDevice::serve_http(bool first) {
  if (form_ && first) {
    form_->serve();
  } else if (form_) {
    form_->restart();
  }
  if (esphome_ && first) {
    esphome_->serve();
  }
  if (puller_) {
    puller_->start();
  }
}

void AsioDevice::stop_http() {
  if (form_) {
    form_->stop();
  }
  if (puller_) {
    puller_->stop();
  }
  if (esphome_) {
    esphome_->stop();
  }
}

firmware::Updater* AsioDevice::acquire_flash() {
  using State = firmware::Receiver::State;
  const bool idle =
      receiver_ && (receiver_->state() == State::Idle || receiver_->state() == State::Challenged);
  if (!idle || http_update_) {
    return nullptr;
  }
  http_update_ = true;
  return &*updater_;
}

void AsioDevice::release_flash() {
  http_update_ = false;
}

void AsioDevice::restart_device() {
  http_update_ = false;
  restart_wanted_ = true;
  after_event();
}

DeviceFacts AsioDevice::facts() {
  // On an ESP8266 the new image and the running one share a region (signing-gzip-images.md 2.4).
  const std::uint32_t staging = map_.staging_end - map_.staging;
  const std::uint32_t shared =
      map_.staging_end - map_.application - firmware::whole_sectors(application_size_);
  const bool esp8266 = options_.chip == ChipFamily::Esp8266;
  return {.chip = options_.chip,
          .flash_size = flash_->size(),
          .application_size = application_size_,
          .application_md5 = application_md5_,
          .application_sha256 = application_sha256_,
          .free_space = esp8266 ? shared : staging,
          .filesystem_space = map_.filesystem_end - map_.filesystem};
}

std::chrono::microseconds AsioDevice::busy_time() {
  busy_until_ = std::max(busy_until_, Clock::now()) + flash_->take_busy_time();
  const auto left =
      std::chrono::duration_cast<std::chrono::microseconds>(busy_until_ - Clock::now());
  return std::max(left, std::chrono::microseconds(0));
}

}  // namespace otatool::device
